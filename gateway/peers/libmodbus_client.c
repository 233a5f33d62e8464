/* Owns the measure of our own reading: a libmodbus client that reads registers as fast as it can, and counts its CPU time.
 *
 * Usage: libmodbus_client PORT READS REGISTERS
 * The server answers each register with its own address. Prints {"cpu": µs, "wall": µs, "wrong": answers}.
 */
#include <errno.h>
#include <modbus.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static double cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static double wall(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

int main(int count, char **arguments) {
  if (count != 4) return 64;
  int reads = atoi(arguments[2]), registers = atoi(arguments[3]), wrong = 0;
  modbus_t *context = modbus_new_tcp("127.0.0.1", atoi(arguments[1]));
  if (context == NULL || modbus_set_slave(context, 1) != 0 || modbus_connect(context) != 0) {
    fprintf(stderr, "%s\n", modbus_strerror(errno));
    return 1;
  }
  uint16_t words[MODBUS_MAX_READ_REGISTERS];
  double cpu_before = cpu(), wall_before = wall();
  for (int i = 0; i < reads; i++) {
    int address = i % 60000;
    if (modbus_read_registers(context, address, registers, words) != registers || words[0] != address) wrong++;
  }
  printf("{\"cpu\": %.0f, \"wall\": %.0f, \"wrong\": %d}\n", cpu() - cpu_before, wall() - wall_before, wrong);
  modbus_close(context);
  modbus_free(context);
  return 0;
}
