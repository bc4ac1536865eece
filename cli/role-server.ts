import type { AddonConfig } from '../addon/config.ts';
import { serveTelemetry, type TelemetryServer } from '../telemetry/http-server.ts';
import type { RoleMetrics } from '../telemetry/role-metrics.ts';
import { listenOn } from './process.ts';

export interface RoleState {
  /** Why the process should be restarted; default: never. */
  readonly unhealthy?: () => readonly string[];
  /** Why it can't do its work now, each with what to do about it. */
  readonly unready: () => readonly string[];
}

/** /metrics, /healthz and /readyz of a role that decides nothing. @param metrics one text after the other */
export function serveRole(
  { http }: AddonConfig,
  metrics: readonly Pick<RoleMetrics, 'contentType' | 'render'>[],
  { unhealthy = () => [], unready }: RoleState,
): Promise<TelemetryServer> {
  return serveTelemetry(listenOn(http.listen), {
    metricsContentType: metrics[0]!.contentType,
    metrics: () => renderAll(metrics),
    unhealthy,
    unready,
  });
}

export async function renderAll(metrics: readonly Pick<RoleMetrics, 'render'>[]): Promise<string> {
  return (await Promise.all(metrics.map((one) => one.render()))).join('\n');
}
