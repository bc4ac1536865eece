import { askWorkload, askWorkloads, type ShownWorkload, type ShownWorkloads } from '../../cli/cluster/shown.ts';
import type { FleetAnswer } from '../../console/api/answers.ts';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import type { RunningAddon } from './prescale.ts';

const NOBODY = { version: '', leader: false, replica: '', acting: null, figuresSeconds: 0, workloads: [] };

type Shown = WorkloadStatus & { readonly why: string };

/** What `prescale status` would show; before the first tick, nobody leads and nothing is known. */
export async function shownWorkloads(addon: RunningAddon): Promise<ShownWorkloads> {
  const starting = { ...NOBODY, nowSeconds: Date.now() / 1000 };
  return (await addon.console('/api/v1/status')) === undefined ? starting : askWorkloads((path) => addon.console(path));
}

/** Rows of the fleet as the console has them. */
export async function fleetRows(addon: RunningAddon): Promise<FleetAnswer['rows']> {
  const answer = (await addon.console('/api/v1/fleet?limit=1000')) as FleetAnswer | undefined;
  return answer?.rows ?? [];
}

/** All that is known of `namespace/Kind/name`; undefined: the addon doesn't know it. What it doesn't know is left out, as it is in the engine. */
export async function shownStatus(addon: RunningAddon, key: string): Promise<Shown | undefined> {
  const answer = await addon.console(`/api/v1/workloads/${key}`);
  if (answer === undefined) return undefined;
  const { status, why } = answer as { readonly status: WorkloadStatus; readonly why: string };
  return { ...withoutNulls(status), why };
}

/** What `prescale explain` would show. */
export async function explained(addon: RunningAddon, key: string): Promise<ShownWorkload> {
  const [namespace = '', kind = '', name = ''] = key.split('/');
  const found = await askWorkload((path) => addon.console(path), { apiVersion: '', kind, namespace, name });
  return { ...found, status: withoutNulls(found.status) };
}

function withoutNulls<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, part) => (part === null ? undefined : part)) as T;
}
