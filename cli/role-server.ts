import type { AddonConfig } from '../addon/config.ts';
import { type HeldPort, holdPort } from '../telemetry/http-server.ts';
import type { RoleMetrics } from '../telemetry/role-metrics.ts';
import { listenOn } from './process.ts';

export interface RoleState {
  /** Why the process should be restarted; default: never. */
  readonly unhealthy?: () => readonly string[];
  /** Why it can't do its work now, each with what to do about it. */
  readonly unready: () => readonly string[];
}

/** The first thing that a role does: without its port it ends before anything else is opened. @throws WorldError, InputError */
export function holdRolePort({ http }: AddonConfig): Promise<HeldPort> {
  return holdPort(listenOn(http.listen));
}

/** /metrics, /healthz and /readyz of a role that decides nothing. @param metrics one text after the other */
export function serveRole(
  port: HeldPort,
  metrics: readonly Pick<RoleMetrics, 'contentType' | 'render'>[],
  { unhealthy = () => [], unready }: RoleState,
): void {
  port.show({
    metricsContentType: metrics[0]!.contentType,
    metrics: () => renderAll(metrics),
    unhealthy,
    unready,
  });
}

export async function renderAll(metrics: readonly Pick<RoleMetrics, 'render'>[]): Promise<string> {
  return (await Promise.all(metrics.map((one) => one.render()))).join('\n');
}
