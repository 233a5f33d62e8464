// Owns reading one meter's nodes from an OPC UA server: by asking for them, or by being told.
import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import type { Quality } from '../../core/quality.ts';
import type { Sample, SeriesFacts } from '../../core/sample.ts';
import type { PollClass, PolledSource, PushedSource } from '../source.ts';
import type { OpcuaConnection } from './connection.ts';
import type { Heard, OpcuaSubscriber } from './subscriber.ts';
import { isRefusal, NodeReadings, type OpcuaNode, pollClassOf } from './value.ts';

export type OpcuaMeter = { meter: string; nodes: readonly OpcuaNode[]; endpoint: string; clock: Clock };

const factsOf = ({ meter, nodes, endpoint }: OpcuaMeter): SeriesFacts[] =>
  nodes.map(({ point, node }) => ({
    meter,
    point,
    template: 'opcua',
    modulus: null,
    maxPerHour: null,
    installations: [],
    source: `${endpoint} ${node}`,
  }));

const silences = ['opcua_silent', 'opcua_deaf', 'opcua_frozen'];
const qualityOfFault = ({ code }: Fault): Quality => (silences.includes(code) ? 'bad_timeout' : 'bad_connection');

export class OpcuaSource implements PolledSource {
  readonly meter: string;
  fault: Fault | undefined;
  readonly #device: OpcuaMeter;
  readonly #connection: Pick<OpcuaConnection, 'read'>;
  readonly #readings: NodeReadings;

  constructor(device: OpcuaMeter, connection: Pick<OpcuaConnection, 'read'>) {
    this.meter = device.meter;
    this.#device = device;
    this.#connection = connection;
    this.#readings = new NodeReadings(device.meter);
  }

  facts(): SeriesFacts[] {
    return factsOf(this.#device);
  }

  async read(pollClass: PollClass): Promise<Sample[]> {
    const { nodes, clock } = this.#device;
    const due = nodes.filter(({ point }) => pollClassOf(point) === pollClass);
    if (due.length === 0) return [];
    try {
      const values = await this.#connection.read(due.map(({ node }) => node));
      const arrival = clock.now();
      this.fault = undefined;
      return due.map((node, index) => this.#readings.sample(node, { value: values[index], arrival, change: false }));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.fault = error;
      const quality = qualityOfFault(error);
      return due.map(({ point }) => this.#readings.none(point, clock.now(), quality));
    }
  }
}

export class SubscribedSource implements PushedSource {
  readonly meter: string;
  fault: Fault | undefined;
  readonly #device: OpcuaMeter;
  readonly #subscriber: OpcuaSubscriber;
  readonly #readings: NodeReadings;
  /** Nodes that the server does not give us, and its word for it. */
  readonly #refused = new Map<string, string>();

  constructor(device: OpcuaMeter, subscriber: OpcuaSubscriber) {
    this.meter = device.meter;
    this.#device = device;
    this.#subscriber = subscriber;
    this.#readings = new NodeReadings(device.meter);
  }

  facts(): SeriesFacts[] {
    return factsOf(this.#device);
  }

  follow(deliver: (samples: readonly Sample[]) => void, signal: AbortSignal): Promise<void> {
    const { nodes, clock } = this.#device;
    return this.#subscriber.follow(
      {
        nodes,
        hear: (heard) => deliver(this.#samples(heard, clock.now())),
        lose: (fault, since) => {
          this.fault = fault;
          deliver(nodes.map(({ point }) => this.#readings.none(point, since, qualityOfFault(fault))));
        },
      },
      signal,
    );
  }

  #samples(heard: readonly Heard[], arrival: number): Sample[] {
    const samples = heard.flatMap(({ index, value, change }) => {
      const node = this.#device.nodes[index];
      if (node === undefined) return [];
      if (isRefusal(value.statusCode.value)) this.#refused.set(node.node, value.statusCode.name);
      else this.#refused.delete(node.node);
      return [this.#readings.sample(node, { value, arrival, change })];
    });
    this.fault = this.#refused.size === 0 ? undefined : nodesRefused(this.#device.endpoint, this.#refused);
    return samples;
  }
}

function nodesRefused(endpoint: string, refused: ReadonlyMap<string, string>): Fault {
  const list = [...refused].map(([node, status]) => `${node} (${status})`).join(', ');
  return new Fault(
    'opcua_nodes_refused',
    {
      zh: `${endpoint}：服务器不提供节点 ${list}；请检查 site.yaml 中的 nodes 和该用户的权限`,
      en: `${endpoint}: the server does not give the nodes ${list}: check nodes in site.yaml, and what this user may read`,
    },
    { retry: true },
  );
}
