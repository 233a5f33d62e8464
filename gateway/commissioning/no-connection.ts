// Owns the diagnosis of a connection that does not come about: the network, or the serial port of this computer. Pure.
import { endpointText } from './endpoint.ts';
import { type Diagnosis, type Evidence, text } from './evidence.ts';

export function noConnection({ endpoint, system = '' }: Evidence): Diagnosis {
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

export function noPort({ endpoint, system = '' }: Evidence): Diagnosis {
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
