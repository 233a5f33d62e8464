/* Owns a Modbus server that we did not write: libmodbus on many TCP connections (epoll), or on one serial port.
 *
 * Usage: libmodbus_server tcp [SILENT]   units from SILENT on never answer
 *        libmodbus_server rtu PATH UNIT
 * Standard input: lines "unit fc address word", then a line ".". Registers that are not named answer their own address.
 * Prints the port, or "ready" on a serial port. Ends when standard input does.
 */
#include <errno.h>
#include <modbus.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define REGISTERS 65536

static modbus_mapping_t *units[256];

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, modbus_strerror(errno));
  exit(1);
}

static modbus_mapping_t *unit_mapping(int unit) {
  if (units[unit] == NULL) {
    units[unit] = modbus_mapping_new(0, 0, REGISTERS, REGISTERS);
    if (units[unit] == NULL) fail("mapping");
    for (int at = 0; at < REGISTERS; at++) units[unit]->tab_registers[at] = units[unit]->tab_input_registers[at] = at;
  }
  return units[unit];
}

/* Byte by byte, so that nothing behind the last line is read ahead. */
static int read_line(char *line, int size) {
  int length = 0;
  while (length < size - 1 && read(0, line + length, 1) == 1 && line[length] != '\n') length++;
  line[length] = 0;
  return length;
}

static void read_registers(void) {
  char line[64];
  unsigned unit, fc, address, word;
  while (read_line(line, sizeof line) > 0 && line[0] != '.') {
    if (sscanf(line, "%u %u %u %u", &unit, &fc, &address, &word) != 4 || unit > 255 || address >= REGISTERS) {
      fprintf(stderr, "not a register: %s\n", line);
      exit(64);
    }
    modbus_mapping_t *mapping = unit_mapping(unit);
    (fc == 3 ? mapping->tab_registers : mapping->tab_input_registers)[address] = word;
  }
}

static void watch(int epoll, int socket) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = socket};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) != 0) fail("epoll");
}

static void serve_tcp(int silent) {
  modbus_t *context = modbus_new_tcp("127.0.0.1", 0);
  int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 1024) != 0) fail("listen");
  getsockname(listener, (struct sockaddr *)&address, &length);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  int epoll = epoll_create1(0);
  watch(epoll, listener);
  watch(epoll, 0);
  for (;;) {
    struct epoll_event events[256];
    int ready = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < ready; i++) {
      int one = events[i].data.fd;
      char byte;
      if (one == 0 && read(0, &byte, 1) <= 0) exit(0);
      if (one == 0) continue;
      if (one == listener) {
        int client = accept(listener, NULL, NULL);
        if (client < 0) continue;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        watch(epoll, client);
        continue;
      }
      uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
      modbus_set_socket(context, one);
      int received = modbus_receive(context, query);
      if (received == -1) close(one);
      else if (received > 0 && query[6] < silent) modbus_reply(context, query, received, unit_mapping(query[6]));
    }
  }
}

static void serve_rtu(const char *path, int unit) {
  modbus_t *context = modbus_new_rtu(path, 19200, 'N', 8, 1);
  if (context == NULL || modbus_set_slave(context, unit) != 0 || modbus_connect(context) != 0) fail(path);
  printf("ready\n");
  fflush(stdout);
  int epoll = epoll_create1(0), port = modbus_get_socket(context);
  watch(epoll, port);
  watch(epoll, 0);
  for (;;) {
    struct epoll_event event;
    char byte;
    if (epoll_wait(epoll, &event, 1, -1) != 1) continue;
    if (event.data.fd == 0) {
      if (read(0, &byte, 1) <= 0) exit(0);
      continue;
    }
    uint8_t query[MODBUS_RTU_MAX_ADU_LENGTH];
    int received = modbus_receive(context, query);
    if (received > 0) modbus_reply(context, query, received, unit_mapping(unit));
  }
}

int main(int count, char **arguments) {
  if (count < 2) return 64;
  read_registers();
  if (strcmp(arguments[1], "tcp") == 0) serve_tcp(count > 2 ? atoi(arguments[2]) : 256);
  if (strcmp(arguments[1], "rtu") == 0 && count == 4) serve_rtu(arguments[2], atoi(arguments[3]));
  return 64;
}
