import type { AddonConfig } from '../../addon/config/config.ts';
import { type HeldPorts, holdPorts } from '../../telemetry/http/http-server.io.ts';
import type { RoleMetrics } from '../../telemetry/metrics/role-metrics.io.ts';
import { listenOn, monotonic } from '../process.ts';

export interface RoleState {
  /** Why the process should be restarted; default: never. */
  readonly unhealthy?: () => readonly string[];
  /** Why it can't do its work now, each with what to do about it. */
  readonly unready: () => readonly string[];
}

/** The first thing that a role does: without its ports it ends before anything else is opened. @throws WorldError, InputError */
export function holdRolePorts({ http }: AddonConfig): Promise<HeldPorts> {
  const listen = listenOn('http.listen', http.listen);
  const probeListen = listenOn('http.probeListen', http.probeListen);
  return holdPorts({ listen, probeListen }, monotonic);
}

/** What of a part of the metrics is shown. */
interface Rendered {
  render(): Promise<string | Buffer>;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** All addresses, for the first line of a role's log. */
export function listenFields({ host, port, probes }: HeldPorts, console?: { readonly address: Address }) {
  const text = (address: Address) => `${address.host}:${address.port}`;
  return {
    listen: text({ host, port }),
    probeListen: text(probes),
    ...(console && { console: text(console.address) }),
  };
}

/** /metrics, /healthz and /readyz of a role that decides nothing. @param metrics one text after the other */
export function serveRole(
  ports: HeldPorts,
  metrics: readonly Pick<RoleMetrics, 'contentType' | 'render'>[],
  { unhealthy = () => [], unready }: RoleState,
): void {
  ports.show({
    metricsContentType: metrics[0]!.contentType,
    metrics: () => renderAll(metrics),
    unhealthy,
    unready,
  });
}

export async function renderAll(metrics: readonly Rendered[]): Promise<Buffer> {
  const texts = await Promise.all(metrics.map((one) => one.render()));
  return Buffer.concat(texts.flatMap((text, i) => [Buffer.from(i > 0 ? '\n' : ''), Buffer.from(text)]));
}
