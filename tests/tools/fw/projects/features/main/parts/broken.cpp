#error "EXCLUDE_SRCS names this file"
