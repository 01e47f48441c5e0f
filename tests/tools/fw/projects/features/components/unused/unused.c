int unused_component(void) {
    return 1;
}
