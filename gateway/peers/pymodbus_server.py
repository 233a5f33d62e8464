# Owns a Modbus server that we did not write: pymodbus with the registers that it is given on standard input.
"""Usage: pymodbus_server.py tcp | rtu-over-tcp | rtu PATH

The first line of standard input: {"unit": {"fc": {"address": word}}}. Registers that are not named are refused.
Prints the port, or "ready" on a serial port. Ends when standard input does.
"""
import asyncio
import json
import logging
import os
import sys
import threading

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer


def block(words):
    # The library takes an empty block for the whole range: one register that nobody asks for.
    return ModbusSparseDataBlock({int(at): word for at, word in words.items()} or {65535: 0})


def context(units):
    slaves = {
        int(unit): ModbusSlaveContext(hr=block(fcs.get("3", {})), ir=block(fcs.get("4", {})), zero_mode=True)
        for unit, fcs in units.items()
    }
    return ModbusServerContext(slaves=slaves, single=False)


async def serve_tcp(units, framer):
    server = await StartAsyncTcpServer(
        context=context(units), framer=framer, address=("127.0.0.1", 0), allow_reuse_address=True, defer_start=True
    )
    running = asyncio.ensure_future(server.serve_forever())
    await server.serving
    print(server.server.sockets[0].getsockname()[1], flush=True)
    await running


async def serve_serial(units, path):
    server = await StartAsyncSerialServer(
        context=context(units), framer=ModbusRtuFramer, port=path, baudrate=19200, defer_start=True
    )
    await server.start()
    print("ready", flush=True)
    await server.serve_forever()


def end_with_input():
    sys.stdin.read()
    os._exit(0)


logging.disable(logging.CRITICAL)  # it tells every refusal, and refusals are wanted
given = json.loads(sys.stdin.readline())
threading.Thread(target=end_with_input, daemon=True).start()
mode = sys.argv[1]
if mode == "rtu":
    asyncio.run(serve_serial(given, sys.argv[2]))
else:
    asyncio.run(serve_tcp(given, ModbusSocketFramer if mode == "tcp" else ModbusRtuFramer))
