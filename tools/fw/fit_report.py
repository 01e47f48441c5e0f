def size(app, args):
    return 0
def fit(args):
    return 0
