int part_value() {
    return 5;
}
