// Owns how a site's OPC UA connection becomes a server that is asked, or one that tells.
import type { ConnectionConfig, MeterConfig } from '../../core/config/site-schema.ts';
import type { PointId } from '../../core/points.ts';
import type { ConnectionParts, OpenedConnection } from '../connection.ts';
import { OpcuaConnection } from './connection.ts';
import { type OpcuaMeter, OpcuaSource, SubscribedSource } from './opcua-source.ts';
import type { OpcuaServer } from './session.ts';
import { OpcuaSubscriber } from './subscriber.ts';

export function openOpcua(
  { endpoint, timeout, opcua: { mode, security, user }, poll: periods, heartbeat }: ConnectionConfig,
  { pkiFolder, clock, log }: ConnectionParts,
): OpenedConnection {
  const server: OpcuaServer = { endpoint, timeout, security, user, pkiFolder, clock, log };
  const deviceOf = ({ id: meter, nodes = {} }: MeterConfig): OpcuaMeter => ({
    meter,
    nodes: Object.entries(nodes).map(([point, node]) => ({ point: point as PointId, ...node })),
    endpoint,
    clock,
  });
  if (mode === 'poll') {
    const connection = new OpcuaConnection(server);
    return { sourceOf: (meter) => new OpcuaSource(deviceOf(meter), connection), close: () => connection.close() };
  }
  const subscriber = new OpcuaSubscriber({ ...server, periods, heartbeat });
  return { sourceOf: (meter) => new SubscribedSource(deviceOf(meter), subscriber), close: () => subscriber.close() };
}
