// Composition root of the virtual plant: one server for each connection of the site that points to `sim`.
import { join } from 'node:path';
import { Calendar } from '../core/calendar.ts';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import { readYaml, refuseProblems } from '../core/config/yaml-file.ts';
import type { PointId } from '../core/points.ts';
import { isRegisterTemplate, loadTemplate } from '../gateway/template.ts';
import { FieldMeter } from './cjt188-server.ts';
import { SimulatedDevice } from './device.ts';
import { IdentifierMeter } from './dlt645-server.ts';
import { Faults } from './faults.ts';
import { type OpcuaVariable, type SimulatedOpcua, startOpcuaServer } from './opcua-server.ts';
import { Plant } from './plant.ts';
import { plantSchema } from './plant-schema.ts';
import { serveLine } from './serve-line.ts';
import { serveModbus } from './serve-modbus.ts';
import { followTroubles } from './troubles.ts';

export type RunningPlant = {
  plant: Plant;
  /** By meter. */
  devices: Map<string, SimulatedDevice>;
  /** By connection: stop one to take its server away, start it to bring it back at the same address. */
  servers: Map<string, { start(): Promise<void>; stop(): Promise<void> }>;
  /** By connection, other than OPC UA: what is wrong with its devices and its wire. */
  faults: Map<string, Faults>;
  /** The site with real addresses in place of `sim`. */
  site: Site;
  /** The same for a configuration that changed meanwhile. */
  place: (site: Site) => Site;
  stop(): Promise<void>;
};

export function loadPlant(site: Site): Plant {
  const { value, problems } = readYaml(join(site.folder, 'plant.yaml'), plantSchema);
  if (value === undefined) refuseProblems(problems);
  return new Plant(value, site.timezone);
}

export function simulateDevices(site: Site, plant: Plant): Map<string, SimulatedDevice> {
  const devices = new Map<string, SimulatedDevice>();
  for (const { id, template: name } of site.meters) {
    if (name === undefined || plant.description.meters[id] === undefined) continue;
    const template = loadTemplate(name);
    if (isRegisterTemplate(template))
      devices.set(id, new SimulatedDevice(template, (point, time) => plant.reading(id, point, time)));
  }
  return devices;
}

/** `serves: false`: only its past is of interest; its meters have addresses, and nobody listens there. */
export async function startPlant(
  site: Site,
  dataFolder: string,
  clock: Clock,
  { serves = true } = {},
): Promise<RunningPlant> {
  const plant = loadPlant(site);
  const devices = simulateDevices(site, plant);
  const servers: RunningPlant['servers'] = new Map();
  const endpoints = new Map<string, string>();
  const faults: RunningPlant['faults'] = new Map();
  let endTroubles: () => void = () => undefined;
  const stop = async () => {
    endTroubles();
    await Promise.all([...servers.values()].map((server) => server.stop()));
  };
  const simulated = site.gateways
    .flatMap(({ connections }) => connections)
    .filter(({ endpoint }) => endpoint === 'sim');
  for (const { id, protocol } of simulated) {
    if (!serves) {
      endpoints.set(id, `${protocol === 'opcua' ? 'opc.tcp' : 'tcp'}://127.0.0.1:0`);
      continue;
    }
    const wrong = new Faults(() => clock.now());
    if (protocol !== 'opcua') faults.set(id, wrong);
    const start =
      protocol === 'opcua'
        ? opcuaStarter(site, id, plant, dataFolder, clock)
        : protocol === 'line'
          ? lineStarter(site, id, plant, devices, clock, wrong)
          : modbusStarter(site, id, devices, clock, wrong);
    let running = await start(0).catch(async (error) => {
      await stop(); // the ones before it listen already
      throw error;
    });
    endpoints.set(id, running.endpoint);
    servers.set(id, {
      start: async () => {
        running = await start(Number(new URL(running.endpoint).port));
      },
      stop: () => running.close(),
    });
  }
  const place = (one: Site): Site => ({
    ...one,
    gateways: one.gateways.map((gateway) => ({
      ...gateway,
      connections: gateway.connections.map((connection) => ({
        ...connection,
        endpoint: connection.endpoint === 'sim' ? (endpoints.get(connection.id) ?? 'sim') : connection.endpoint,
      })),
    })),
  });
  try {
    const troubles = serves ? plant.description.troubles : [];
    const calendar = new Calendar(site.timezone);
    endTroubles = followTroubles(troubles, { site, faults, calendar, now: () => clock.now() });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    plant,
    devices,
    servers,
    faults,
    site: place(site),
    place,
    stop,
  };
}

type Starter = (port: number) => Promise<{ endpoint: string; close(): Promise<void> }>;

function modbusStarter(
  site: Site,
  connection: string,
  devices: Map<string, SimulatedDevice>,
  clock: Clock,
  faults: Faults,
): Starter {
  const units = unitsAt(site, connection, devices);
  return (port) => serveModbus({ units, port, faults, now: () => clock.now() });
}

function unitsAt(site: Site, connection: string, devices: Map<string, SimulatedDevice>): Map<number, SimulatedDevice> {
  const units = new Map<number, SimulatedDevice>();
  for (const { id, unit = 1, connection: at } of site.meters) {
    const device = devices.get(id);
    if (at === connection && device !== undefined) units.set(unit, device);
  }
  return units;
}

function lineStarter(
  site: Site,
  connection: string,
  plant: Plant,
  devices: Map<string, SimulatedDevice>,
  clock: Clock,
  faults: Faults,
): Starter {
  const identifiers = new Map<string, IdentifierMeter>();
  const fields = new Map<string, FieldMeter>();
  for (const { id, address = '', template: name, ratios, connection: at } of site.meters) {
    if (at !== connection || name === undefined || plant.description.meters[id] === undefined) continue;
    const template = loadTemplate(name);
    const read = (point: PointId, time: number) => plant.reading(id, point, time);
    if (template.protocol === 'dlt645') identifiers.set(address, new IdentifierMeter(template, read, ratios));
    if (template.protocol === 'cjt188') fields.set(address.toUpperCase(), new FieldMeter(template, read));
  }
  const units = unitsAt(site, connection, devices);
  return (port) => serveLine({ units, identifiers, fields, port, faults, now: () => clock.now() });
}

function opcuaStarter(site: Site, connection: string, plant: Plant, dataFolder: string, clock: Clock): Starter {
  const variables: OpcuaVariable[] = site.meters
    .filter((meter) => meter.connection === connection)
    .flatMap(({ id, nodes = {} }) =>
      Object.entries(nodes).map(([point, { node }]) => ({
        node,
        name: `${id}.${point}`,
        read: () => plant.reading(id, point as PointId, clock.now()),
      })),
    );
  return (port): Promise<SimulatedOpcua> => startOpcuaServer(variables, { folder: dataFolder, port });
}
