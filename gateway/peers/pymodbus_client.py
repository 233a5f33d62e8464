# Owns a Modbus client that we did not write: pymodbus, asking what it is told to, and printing what it understood.
"""Usage: pymodbus_client.py tcp PORT | rtu-over-tcp PORT | rtu PATH

Standard input: [[unit, fc, address, count], …]. Prints for each the words, or the number of the exception.
"""
import json
import sys

from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

mode, place = sys.argv[1], sys.argv[2]
if mode == "rtu":
    client = ModbusSerialClient(port=place, framer=ModbusRtuFramer, baudrate=19200, timeout=2)
else:
    framer = ModbusSocketFramer if mode == "tcp" else ModbusRtuFramer
    client = ModbusTcpClient("127.0.0.1", port=int(place), framer=framer, timeout=2)
if not client.connect():
    sys.exit("no connection")
answers = []
for unit, fc, address, count in json.load(sys.stdin):
    read = client.read_holding_registers if fc == 3 else client.read_input_registers
    answer = read(address, count, slave=unit)
    answers.append(answer.exception_code if answer.isError() else answer.registers)
client.close()
print(json.dumps(answers))
