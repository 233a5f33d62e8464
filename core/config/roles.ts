// Owns what roles make of meters: which of them make up a flow, each unit counted by one only, and which counters they read.
import { isFuel } from '../fuels.ts';
import { type PointId, points } from '../points.ts';
import type { MeterConfig } from './site-schema.ts';

/** A main meter and a storage meter count both ways; or there is one for each direction. */
const directions = {
  grid: ['grid_import', 'grid_export'],
  storage: ['storage_charge', 'storage_discharge'],
} as const satisfies Partial<Record<MeterConfig['role'], readonly MeterConfig['role'][]>>;

/** Where the plant's electricity comes in or goes out. */
export const isMain = ({ role }: { role?: MeterConfig['role'] | undefined }): boolean =>
  role === 'grid' || role === 'grid_import' || role === 'grid_export';

type Asked = Pick<MeterConfig, 'id' | 'role' | 'carrier'> & { parent?: string | null | undefined };

const plays = (role: MeterConfig['role'], asked: MeterConfig['role']): boolean =>
  role === asked ||
  (role in directions && (directions[role as keyof typeof directions] as readonly string[]).includes(asked));

/**
 * The meters of a role. One that lies below another of the same role and carrier counts again what that one has counted:
 * it tells where the energy went, and adds nothing.
 */
export function metersIn<M extends Asked>(
  all: readonly M[],
  asked: MeterConfig['role'],
  carrier?: string | undefined,
): M[] {
  const own = all.filter((meter) => plays(meter.role, asked) && (carrier === undefined || meter.carrier === carrier));
  const ids = new Set(own.map(({ id }) => id));
  const parents = new Map(all.map(({ id, parent }) => [id, parent]));
  const liesBelow = (id: string | null | undefined, seen = 0): boolean =>
    id != null && seen < all.length && (ids.has(id) || liesBelow(parents.get(id), seen + 1));
  return own.filter(({ parent }) => !liesBelow(parent));
}

/** The counters that a role makes use of, as the standards' words for them. */
export function expected({ role, carrier, heatPerTonne }: MeterConfig): PointId[] {
  switch (role) {
    case 'grid':
      return ['energy_import', 'energy_export'];
    case 'grid_import':
    case 'feeder':
      return ['energy_import'];
    case 'grid_export':
      return ['energy_export'];
    case 'generation':
      return ['energy_generated'];
    case 'storage':
      return ['energy_charged', 'energy_discharged'];
    case 'storage_charge':
      return ['energy_charged'];
    case 'storage_discharge':
      return ['energy_discharged'];
    case 'fuel':
      return isFuel(carrier) ? ['gas_volume'] : [];
    case 'heat':
    case 'heat_export':
      return [heatPerTonne === undefined ? 'heat_energy' : 'steam_mass'];
    case 'water':
      return ['water_volume'];
    case 'waste':
      return ['waste_mass'];
    case 'product':
      return ['product_count'];
    case 'none':
      return [];
  }
}

/** The counter of a meter that stands for what its role expects. */
export const counterOf = ({ reads }: Pick<MeterConfig, 'reads'>, point: PointId): PointId => reads?.[point] ?? point;

export const countersOf = (meter: MeterConfig): PointId[] => expected(meter).map((point) => counterOf(meter, point));

/** What a meter says it stands in for must be something that its role expects, in the same unit. */
export const oddReads = (meter: MeterConfig): [PointId, PointId][] =>
  (Object.entries(meter.reads ?? {}) as [PointId, PointId][]).filter(
    ([point, own]) =>
      !expected(meter).includes(point) || points[point].unit !== points[own].unit || points[own].kind !== 'counter',
  );
