// Owns how a site's connection to a foreign broker becomes meters that tell.
import type { ConnectionConfig } from '../../core/config/site-schema.ts';
import type { PointId } from '../../core/points.ts';
import type { ConnectionParts, OpenedConnection } from '../connection.ts';
import { ForeignBroker } from './foreign-broker.ts';
import { MqttJsonSource } from './mqtt-json-source.ts';

/** Messages may miss their time twice. */
const missed = 3;

export function openMqttJson(
  { endpoint, mqtt, poll, heartbeat }: ConnectionConfig,
  { clock, log }: ConnectionParts,
): OpenedConnection {
  const broker = new ForeignBroker({ address: { url: endpoint, ...mqtt }, clock, log });
  return {
    sourceOf: ({ id: meter, topic = '', fields = {}, time }) =>
      new MqttJsonSource({
        meter,
        topic,
        fields: Object.entries(fields).map(([point, field]) => ({ point: point as PointId, ...field })),
        time,
        broker,
        patience: missed * Math.max(poll.slow, heartbeat),
        clock,
        log,
      }),
    close: () => broker.close(),
  };
}
