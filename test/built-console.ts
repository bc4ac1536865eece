import { ConsoleHost } from '../console/thread/console-host.io.ts';
import { SILENT } from '../telemetry/log/log.ts';
import { type MadeFleet, madeFleet } from './console-fleet.ts';

/** The console as it is built, on its thread and a free port, with a made-up fleet that it is not shown yet. */
export async function startBuiltConsole(
  workloads: number,
): Promise<{ readonly fleet: MadeFleet; readonly host: ConsoleHost }> {
  const fleet = madeFleet(workloads, Math.floor(Date.now() / 1000));
  const host = await ConsoleHost.start({
    script: new URL('../dist/console/thread/main.js', import.meta.url),
    settings: {
      listen: { host: '127.0.0.1', port: 0 },
      version: '0.1.0',
      token: undefined,
      replays: 'here',
      pageFolder: new URL('../dist/console/page/', import.meta.url).href,
    },
    log: SILENT,
    data: () => fleet.data,
    statuses: () => fleet.statuses,
  });
  return { fleet, host };
}
