// Owns the diagnosis of a device that does not answer as it should: from evidence to what is wrong and what to check next. Pure.
import type { Text } from '../../core/text.ts';
import type { SerialSettings } from '../line/byte-stream.ts';
import type { LineFailure } from '../line/line-fault.ts';
import { settingsText } from '../line/serial-settings.ts';
import { type Endpoint, endpointText } from './endpoint.ts';
import type { ForeignBytes } from './foreign-bytes.ts';

export type Evidence = {
  endpoint: Endpoint;
  unit: number;
  /** A DL/T 645 or CJ/T 188 meter was asked: its address, or none where the address itself was asked for. */
  meter?: { address: string | undefined };
  /** The address of the only meter on the line that answers when all are asked. */
  otherMeter?: string;
  /** Of a scan: how many units were asked, all in vain. */
  asked?: number;
  failure: LineFailure;
  /** The operating system's word for a connection that failed: ECONNREFUSED, or a message of the serial port. */
  system?: string;
  /** The device's own refusal. */
  exception?: number;
  /** What came that was no answer. */
  foreign?: ForeignBytes;
  /** What was said on a line on which we were silent. */
  overheard?: ForeignBytes;
  /** The other framing on the same port was answered. */
  otherFraming?: boolean;
  /** Another unit that answers there. */
  otherUnit?: number;
  /** Settings of the serial port with which the unit did answer. */
  otherSerial?: SerialSettings;
};

export type Diagnosis = { code: string; finding: Text; checks: readonly Text[] };

const text = (zh: string, en: string): Text => ({ zh, en });

export function diagnose(evidence: Evidence): Diagnosis {
  const found = evidence.otherSerial ?? evidence.otherFraming;
  if (found !== undefined && found !== false) return answersOtherwise(evidence);
  switch (evidence.failure) {
    case 'refused':
      return evidence.endpoint.address.kind === 'serial' ? noPort(evidence) : noConnection(evidence);
    case 'closed':
      return closed(evidence);
    case 'exception':
      return refused(evidence);
    case 'framing':
      return strange(evidence);
    case 'timeout':
      return evidence.meter === undefined ? silent(evidence) : silentMeter(evidence);
  }
}

function answersOtherwise({ endpoint, unit, otherSerial }: Evidence): Diagnosis {
  if (otherSerial !== undefined && endpoint.address.kind === 'serial') {
    const settings = settingsText(otherSerial);
    return {
      code: 'serial_settings',
      finding: text(
        `站号 ${unit} 用 ${settings} 应答，而不是 ${settingsText(endpoint.address)}`,
        `unit ${unit} answers at ${settings}, not at ${settingsText(endpoint.address)}`,
      ),
      checks: [
        text(
          `端点改为 serial://${endpoint.address.path}?baud=${otherSerial.baud}&parity=${otherSerial.parity}`,
          `use serial://${endpoint.address.path}?baud=${otherSerial.baud}&parity=${otherSerial.parity}`,
        ),
        text('同一总线上的所有表必须用同样的波特率和校验', 'all meters on one bus must have the same speed and parity'),
      ],
    };
  }
  const [wrong, right] = endpoint.protocol === 'line' ? ['RTU', 'Modbus TCP'] : ['Modbus TCP', 'RTU'];
  const protocol = endpoint.protocol === 'line' ? 'modbus-tcp' : 'line';
  return {
    code: endpoint.protocol === 'line' ? 'tcp_on_line' : 'rtu_on_tcp',
    finding: text(
      `该端口不用 ${wrong} 应答，而用 ${right} 应答`,
      `this port does not answer ${wrong}, but it does answer ${right}`,
    ),
    checks: [
      text(
        `加上 --protocol ${protocol}；在 site.yaml 中写 protocol: ${protocol}`,
        `add --protocol ${protocol}; in site.yaml write protocol: ${protocol}`,
      ),
      protocol === 'line'
        ? text(
            '这是“透明传输”的串口服务器；若它也能做 Modbus 网关，二者都可以',
            'this is a serial server in transparent mode; where it can be a Modbus gateway, either will do',
          )
        : text(
            '这是 Modbus TCP 设备或做协议转换的网关，不是透明传输的串口服务器',
            'this is a Modbus TCP device or a gateway that translates, not a transparent serial server',
          ),
    ],
  };
}

function noConnection({ endpoint, system = '' }: Evidence): Diagnosis {
  const where = endpointText(endpoint);
  const host = endpoint.address.kind === 'tcp' ? endpoint.address.host : '';
  const port = endpoint.address.kind === 'tcp' ? endpoint.address.port : 0;
  if (/ENOTFOUND|EAI_/.test(system))
    return {
      code: 'name_not_resolved',
      finding: text(`找不到主机名 ${host}`, `the name ${host} is not known`),
      checks: [
        text('检查拼写；最好直接写 IP 地址', 'check the spelling; better give the IP address itself'),
        text('若必须用名称，检查本机的 DNS 设置', 'if it must be a name, check the DNS settings of this computer'),
      ],
    };
  if (/ENETUNREACH|EHOSTUNREACH|EHOSTDOWN|EADDRNOTAVAIL/.test(system))
    return {
      code: 'network_unreachable',
      finding: text(
        `到不了 ${host}：本机没有通往该网段的路`,
        `${host} cannot be reached: there is no way to its network`,
      ),
      checks: [
        text('网线插好了吗？网口灯亮吗？', 'is the cable in, and does the port blink?'),
        text(
          `本机须与设备在同一网段（如设备为 192.168.1.20，本机可设 192.168.1.200/24）`,
          'this computer needs an address in the same network (device 192.168.1.20: computer for example 192.168.1.200/24)',
        ),
        text(
          '隔着路由器或 VLAN 时，检查网关地址与路由',
          'behind a router or VLAN, check the gateway address and the route',
        ),
      ],
    };
  if (/ECONNREFUSED/.test(system))
    return {
      code: 'connection_refused',
      finding: text(`${host} 在线，但端口 ${port} 没有服务`, `${host} is there, but nothing listens on port ${port}`),
      checks: [
        text(
          '端口对吗？Modbus TCP 通常为 502；串口服务器常用 4001、8899、20108 等',
          'is the port right? Modbus TCP is usually 502; serial servers often use 4001, 8899 or 20108',
        ),
        text(
          '设备的 Modbus TCP 功能启用了吗？很多逆变器出厂时关闭',
          'is Modbus TCP switched on? Many inverters leave the factory with it off',
        ),
        text('设备刚上电时要等一两分钟', 'after power-up a device may need a minute or two'),
      ],
    };
  return {
    code: 'no_connection',
    finding: text(`${where} 没有回应连接请求`, `${where} does not answer the attempt to connect`),
    checks: [
      text(
        `ping ${host}：不通则查供电、网线和 IP 地址`,
        `ping ${host}: if that fails, check power, cable and IP address`,
      ),
      text('ping 得通而连不上：防火墙挡住了该端口', 'if ping works: a firewall drops this port'),
      text('IP 地址是否与别的设备冲突？', 'does another device have the same IP address?'),
    ],
  };
}

function noPort({ endpoint, system = '' }: Evidence): Diagnosis {
  const path = endpoint.address.kind === 'serial' ? endpoint.address.path : '';
  if (/no such file|cannot find|ENOENT/i.test(system))
    return {
      code: 'serial_missing',
      finding: text(`没有串口 ${path}`, `there is no serial port ${path}`),
      checks: [
        text('USB 转 485 插好了吗？换一个 USB 口再看', 'is the USB adapter plugged in? Try another socket'),
        text(
          '列出串口：ls /dev/ttyUSB* /dev/ttyACM* /dev/serial/by-id/（Windows：设备管理器中的 COM 号）',
          'list the ports: ls /dev/ttyUSB* /dev/ttyACM* /dev/serial/by-id/ (Windows: COM ports in the device manager)',
        ),
      ],
    };
  if (/permission|access|EACCES/i.test(system))
    return {
      code: 'serial_permission',
      finding: text(`无权打开串口 ${path}`, `no permission to open the serial port ${path}`),
      checks: [
        text('sudo usermod -aG dialout $USER，然后重新登录', 'sudo usermod -aG dialout $USER, then log in again'),
      ],
    };
  if (/lock|busy|temporarily unavailable/i.test(system))
    return {
      code: 'serial_busy',
      finding: text(`串口 ${path} 正被别的程序占用`, `another program holds the serial port ${path}`),
      checks: [
        text(
          '一个串口只能有一个主站：先停下占用它的程序（网关、组态、调试软件）',
          'a bus has one master: stop the program that holds the port (gateway, SCADA, configuration tool)',
        ),
        text(`fuser ${path} 会说是哪个程序`, `fuser ${path} tells which one it is`),
      ],
    };
  return {
    code: 'serial_unusable',
    finding: text(`打不开串口 ${path}：${system}`, `the serial port ${path} cannot be opened: ${system}`),
    checks: [text('换一个适配器或 USB 口', 'try another adapter or USB socket')],
  };
}

const closed = ({ endpoint }: Evidence): Diagnosis => ({
  code: 'connection_closed',
  finding: text(
    `${endpointText(endpoint)} 接受了连接，又立即断开`,
    `${endpointText(endpoint)} accepts the connection and closes it again`,
  ),
  checks: [
    text(
      '多数逆变器和表只容一个连接：先停下另一个采集程序',
      'most inverters and meters serve one client only: stop the other program that reads it',
    ),
    text('设备里有允许访问的 IP 名单吗？', 'does the device keep a list of IP addresses that may read it?'),
    text('该端口是 Modbus 端口吗？', 'is this the Modbus port at all?'),
  ],
});

/** Modbus Application Protocol V1.1b3 §7, and what it means in a switchroom. */
const meanings: Record<number, { name: Text; checks: Text[] }> = {
  1: {
    name: text('不支持该功能码', 'illegal function'),
    checks: [
      text(
        '改用另一个功能码：--fc 4（输入寄存器）或 --fc 3（保持寄存器）',
        'use the other function code: --fc 4 (input registers) or --fc 3 (holding registers)',
      ),
    ],
  },
  2: {
    name: text('没有该寄存器地址', 'illegal data address'),
    checks: [
      text(
        '说明书的地址多从 1 数起：报文地址 = 说明书地址 − 1',
        'manuals mostly count from 1: the wire address is one less',
      ),
      text(
        '型号对吗？tanbiao devices probe 会说哪个模板合适',
        'is it the right model? "tanbiao devices probe" says which template fits',
      ),
      text('一次读得太多也会这样：把 --count 减小', 'asking for too much at once looks the same: lower --count'),
    ],
  },
  3: {
    name: text('请求的数值不合法', 'illegal data value'),
    checks: [text('一次读的寄存器太多：把 --count 减到 50 以下', 'too many registers at once: lower --count below 50')],
  },
  4: {
    name: text('设备内部故障', 'server device failure'),
    checks: [
      text(
        '设备自检未过或正在启动：等一分钟再试，看设备面板的告警',
        'the device is starting or faulty: wait a minute, look at its panel',
      ),
      text('读到设备没有的寄存器时，有的设备也回答 4', 'some devices say 4 for registers that they do not have'),
    ],
  },
  5: {
    name: text('已受理，还在处理', 'acknowledge'),
    checks: [
      text('设备很慢：稍后再试，加大 --timeout', 'the device is slow: try again later, with a longer --timeout'),
    ],
  },
  6: {
    name: text('设备忙', 'server device busy'),
    checks: [
      text('是否有另一个主站在频繁读它？降低其读取频率', 'does another master read it all the time? Slow it down'),
    ],
  },
  10: {
    name: text('网关不通往该站号', 'gateway path unavailable'),
    checks: [
      text(
        '网关里没有配置该站号，或其串口没有启用',
        'the gateway has no such unit configured, or its serial port is off',
      ),
    ],
  },
  11: {
    name: text('网关后面的设备没有应答', 'gateway target device failed to respond'),
    checks: [
      text(
        '站号对吗？看表上的设置，或用 tanbiao devices scan 找',
        'is the unit id right? Look at the meter, or find it with "tanbiao devices scan"',
      ),
      text('网关串口的波特率和校验须与表一致', 'speed and parity of the gateway must be those of the meter'),
      text('485 的 A、B 接反了吗？表有电吗？', 'are A and B of the RS-485 swapped, and has the meter power?'),
    ],
  },
};

function refused({ unit, exception = 0, otherUnit }: Evidence): Diagnosis {
  const name = exceptionName(exception);
  const checks = meanings[exception]?.checks ?? [text('查该设备的说明书', "look it up in the device's manual")];
  return {
    code: `exception_${exception}`,
    finding: text(
      `站号 ${unit} 回答异常码 ${exception}：${name.zh}`,
      `unit ${unit} answers with exception ${exception}: ${name.en}`,
    ),
    checks: [...unitThatAnswers(otherUnit), ...checks],
  };
}

const unitThatAnswers = (unit: number | undefined): Text[] =>
  unit === undefined
    ? []
    : [text(`站号 ${unit} 有应答：加上 --unit ${unit}`, `unit ${unit} answers: add --unit ${unit}`)];

function strange({ endpoint, unit, foreign, overheard }: Evidence): Diagnosis {
  const other = overheard ?? foreign ?? { kind: 'noise' };
  const onSerial = endpoint.address.kind === 'serial';
  if (overheard !== undefined) return unasked(overheard);
  switch (other.kind) {
    case 'echo':
      return {
        code: 'echo',
        finding: text('收到的正是自己发出的字节：回声', 'what comes back is what was sent: an echo'),
        checks: [
          text(
            '485 适配器设为“无本地回显”（Echo off），或检查收发方向控制',
            'switch the local echo of the RS-485 adapter off, or check its direction control',
          ),
          text(
            '只有回声而没有应答：表没有接上，或 A、B 接反',
            'an echo and nothing else: the meter is not connected, or A and B are swapped',
          ),
        ],
      };
    case 'rtu':
    case 'mbap':
      return answersOtherwise({ endpoint, unit, failure: 'framing', otherFraming: true });
    case 'late':
    case 'other_question':
      return unasked(other);
    case 'other_unit':
      return {
        code: 'wrong_unit',
        finding: text(
          `问站号 ${unit}，应答的却是站号 ${other.unit}`,
          `unit ${unit} was asked, but unit ${other.unit} answered`,
        ),
        checks: [
          text(`试 --unit ${other.unit}`, `try --unit ${other.unit}`),
          text(
            '是否有另一个主站同时在读这条总线？一条总线只能有一个主站',
            'does another master read this bus at the same time? A bus has one master',
          ),
          text(
            '两块表的站号相同，或网关改写了站号？',
            'have two meters the same unit id, or does a gateway rewrite it?',
          ),
        ],
      };
    case 'dlt645':
      return {
        code: 'dlt645',
        finding: text(
          '线上是 DL/T 645（或 CJ/T 188）报文，不是 Modbus',
          'there are DL/T 645 (or CJ/T 188) frames on the line, not Modbus',
        ),
        checks: [
          text(
            '把表的通信协议改为 Modbus，或改用 DL/T 645 模板',
            'set the meter to Modbus, or use a DL/T 645 template',
          ),
        ],
      };
    case 'http':
    case 'tls':
    case 'text':
      return {
        code: 'not_modbus',
        finding: {
          http: text('这是网页端口（HTTP），不是 Modbus', 'this is a web server (HTTP), not Modbus'),
          tls: text('这是加密端口（TLS），不是 Modbus', 'this is an encrypted port (TLS), not Modbus'),
          text: text(
            `这里应答的是文字${other.kind === 'text' ? `“${other.text}”` : ''}，不是 Modbus`,
            `what answers here is text${other.kind === 'text' ? ` ("${other.text}")` : ''}, not Modbus`,
          ),
        }[other.kind],
        checks: [
          text(
            '端口不对：Modbus TCP 通常为 502，看设备的通信设置',
            'wrong port: Modbus TCP is usually 502, see the communication settings of the device',
          ),
          text('IP 地址是这台设备的吗？', 'does the IP address belong to this device?'),
        ],
      };
    case 'level':
      return {
        code: 'wiring_level',
        finding: text('收到的全是 00 或 FF：线路电平不对', 'only 00 or FF comes: the level of the wires is wrong'),
        checks: [
          text('A、B 对调', 'swap A and B'),
          text(
            '接上 GND，线路两端各一个 120 Ω 终端电阻，主站有偏置电阻',
            'connect GND; 120 Ω at both ends of the bus; bias resistors at the master',
          ),
          ...settingsChecks(onSerial),
        ],
      };
    case 'noise':
      return {
        code: 'garbage',
        finding: text('收到字节，但不成任何报文', 'bytes come, but they are no frame of any kind'),
        checks: [
          ...(endpoint.protocol === 'line'
            ? [
                ...settingsChecks(onSerial),
                text('有没有两块表用同一个站号同时应答？', 'do two meters with the same unit id answer at once?'),
                text('另一个主站也在读这条总线吗？', 'does another master read this bus, too?'),
                text(
                  '屏蔽层单端接地，远离变频器动力线，两端各 120 Ω',
                  'shield earthed at one end, away from drives, 120 Ω at both ends',
                ),
              ]
            : [
                text(
                  '该端口也许不是 Modbus：看设备的通信设置',
                  'perhaps this port is not Modbus: see the communication settings of the device',
                ),
                text(
                  '串口服务器的波特率或校验不对时也会这样',
                  'a serial server with the wrong speed or parity looks the same',
                ),
              ]),
        ],
      };
  }
}

/** Frames that come while nobody asks. */
const unasked = (overheard: ForeignBytes): Diagnosis =>
  overheard.kind === 'late' ? late(overheard.unit) : otherMaster(overheard);

const late = (unit: number): Diagnosis => ({
  code: 'late',
  finding: text(`站号 ${unit} 有应答，但来得太晚`, `unit ${unit} answers, but too late`),
  checks: [
    text(
      '加大 --timeout（如 --timeout 3000）；在 site.yaml 中写 timeout: 3s',
      'give it more time (--timeout 3000); in site.yaml write timeout: 3s',
    ),
    text('经无线或 4G 的串口服务器常需 2 秒以上', 'serial servers behind radio or 4G often need two seconds and more'),
  ],
});

const otherMaster = (overheard: ForeignBytes): Diagnosis => ({
  code: 'other_master',
  finding: text(
    `没有人问的时候线上也有报文${'unit' in overheard ? `（站号 ${overheard.unit}）` : ''}：另一个主站在用这条总线`,
    `there is traffic${'unit' in overheard ? ` (unit ${overheard.unit})` : ''} while nobody asks: another master uses this bus`,
  ),
  checks: [
    text(
      '一条 485 总线只能有一个主站：停下另一个网关、触摸屏或抄表软件',
      'an RS-485 bus has one master: stop the other gateway, panel or meter software',
    ),
    text(
      '两者都要读时，经由一台支持多客户端的 Modbus TCP 网关',
      'if both must read, go through a Modbus TCP gateway that serves several clients',
    ),
  ],
});

const settingsChecks = (onSerial: boolean): Text[] => [
  onSerial
    ? text(
        '波特率和校验与表一致吗？Modbus 表多为 9600 8N1，DL/T 645 表为 2400 8E1',
        'are speed and parity those of the meter? Modbus meters are mostly 9600 8N1, DL/T 645 meters 2400 8E1',
      )
    : text('串口服务器的波特率和校验与表一致吗？', 'are speed and parity of the serial server those of the meter?'),
];

function silentMeter({ endpoint, meter, otherMeter }: Evidence): Diagnosis {
  const who =
    meter?.address === undefined
      ? text('没有表应答', 'no meter answers')
      : text(`表 ${meter.address} 没有应答`, `meter ${meter.address} does not answer`);
  const found =
    otherMeter === undefined
      ? []
      : [
          text(
            `线上应答的表地址是 ${otherMeter}：--address ${otherMeter}`,
            `the meter on the line has the address ${otherMeter}: --address ${otherMeter}`,
          ),
        ];
  return {
    code: otherMeter === undefined ? 'silent' : 'address_absent',
    finding: text(`${endpointText(endpoint)}：${who.zh}`, `${endpointText(endpoint)}: ${who.en}`),
    checks: [
      ...found,
      text(
        '地址印在表面，12 位（DL/T 645）或 14 位（CJ/T 188），高位在前',
        'the address is printed on the meter: 12 digits (DL/T 645) or 14 (CJ/T 188), highest first',
      ),
      text(
        '出厂多为 2400 8E1；也有 9600 8E1 和 1200 8E1',
        'most leave the factory at 2400 8E1; some at 9600 8E1 or 1200 8E1',
      ),
      text('A 接 A、B 接 B；没有应答时先对调一次', 'A to A and B to B; when nothing answers, swap them once'),
      text(
        '表的协议可能是 Modbus：tanbiao devices scan 两种都问',
        'the meter may speak Modbus: "tanbiao devices scan" asks for both',
      ),
    ],
  };
}

function silent({ endpoint, unit, asked, otherUnit, overheard }: Evidence): Diagnosis {
  if (overheard !== undefined) return unasked(overheard);
  const where = endpointText(endpoint);
  if (otherUnit !== undefined)
    return {
      code: 'unit_absent',
      finding: text(`站号 ${unit} 没有应答，线路是好的`, `unit ${unit} does not answer; the line is good`),
      checks: [
        ...unitThatAnswers(otherUnit),
        text(
          '站号在表的通信菜单中；tanbiao devices scan 会列出所有站号',
          'the unit id is in the meter\'s menu; "tanbiao devices scan" lists all that answer',
        ),
      ],
    };
  const who =
    asked === undefined
      ? text(`站号 ${unit} `, `unit ${unit} does not answer`)
      : text(`所问的 ${asked} 个站号都`, `none of the ${asked} unit ids answers`);
  if (endpoint.protocol === 'modbus-tcp')
    return {
      code: 'silent',
      finding: text(`${where} 能连上，但${who.zh}没有应答`, `${where} accepts the connection, but ${who.en}`),
      checks: [
        text(
          '站号对吗？直接联网的设备多为 1 或 255，GoodWe 为 247，SMA 为 3',
          'is the unit id right? Devices on the network mostly use 1 or 255, GoodWe 247, SMA 3',
        ),
        text(
          '设备只容一个连接时，先停下另一个采集程序',
          'where the device serves one client only, stop the other program that reads it',
        ),
        text(
          '很慢的设备（如华为逆变器）加 --timeout 5000',
          'for slow devices such as Huawei inverters add --timeout 5000',
        ),
        text(
          '经网关时：查网关后面的接线、波特率、表的供电',
          'behind a gateway: check wires, speed, and power of the meter',
        ),
      ],
    };
  return {
    code: 'silent',
    finding: text(`${where} 已打开，但${who.zh}没有应答`, `${where} is open, but ${who.en}`),
    checks: [
      text('A 接 A、B 接 B；没有应答时先对调一次', 'A to A and B to B; when nothing answers, swap them once'),
      ...settingsChecks(endpoint.address.kind === 'serial'),
      text(
        '站号在表的通信菜单中；tanbiao devices scan 会逐个询问',
        'the unit id is in the meter\'s menu; "tanbiao devices scan" asks one after another',
      ),
      text(
        '表的协议可能是 DL/T 645：在表的菜单中改为 Modbus',
        'the meter may be set to DL/T 645: change it to Modbus in its menu',
      ),
      text('表有电吗？线长时两端各接 120 Ω 终端电阻', 'has the meter power? Has a long bus 120 Ω at both ends?'),
    ],
  };
}

export const exceptionName = (code: number): Text =>
  meanings[code]?.name ?? text('标准中没有的异常码', 'a code that the standard does not have');
