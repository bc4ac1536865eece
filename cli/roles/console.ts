import { type AddonConfig, resourceOf } from '../../addon/config/config.ts';
import { ConsoleHost } from '../../console/thread/console-host.io.ts';
import type { ConsoleAnswers, ConsoleSettings, ReviewServer } from '../../console/thread/messages.ts';
import { othersFirst } from '../../core/concurrency/event-loop.io.ts';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import { inClusterFrom, kubeconfigCredentials, mountedCredentials } from '../../kubernetes/client/credentials.io.ts';
import type { Log } from '../../telemetry/log/log.ts';
import { type ClusterFlags, runsInside } from '../cluster/cluster.ts';
import { packageVersion } from '../package-root.ts';
import { listenOn } from '../process.ts';

const SCRIPT = new URL('../../console/thread/main.js', import.meta.url);
const PAGE = new URL('../../console/page/', import.meta.url);

export interface ConsoleParts {
  readonly config: AddonConfig;
  readonly flags: ClusterFlags;
  readonly log: Log;
  /** Where the console's replays are played. */
  readonly replays: ConsoleSettings['replays'];
  /** Asked after the first tick at the earliest. */
  readonly view: () => ConsoleView;
}

/** What the console shows. */
export interface ConsoleView {
  readonly data: ConsoleAnswers;
  readonly statuses: () => readonly WorkloadStatus[];
}

/** The console, where the configuration wants one. @throws WorldError, InputError: what holds its port, and what to set */
export async function startConsole(parts: ConsoleParts): Promise<ConsoleHost | undefined> {
  const { config, flags, log, view } = parts;
  if (!config.console.enabled) return undefined;
  const version = packageVersion();
  const settings: ConsoleSettings = {
    listen: listenOn('console.listen', config.console.listen),
    version,
    token: config.console.auth === 'token' ? await tokenSettings(config, flags) : undefined,
    replays: parts.replays,
    pageFolder: PAGE.href,
  };
  return ConsoleHost.start({
    pause: othersFirst,
    script: SCRIPT,
    settings,
    log,
    data: () => view().data,
    statuses: () => view().statuses(),
  });
}

async function tokenSettings(config: AddonConfig, flags: ClusterFlags): Promise<NonNullable<ConsoleSettings['token']>> {
  const kinds = config.kinds.map((kind) => ({
    kind: kind.kind,
    group: kind.apiVersion.includes('/') ? kind.apiVersion.split('/')[0]! : '',
    resource: resourceOf(kind),
  }));
  return { server: await reviewServer(flags), kinds };
}

/** Whom to ask about users' tokens: of our own credentials nothing but whom to trust. */
async function reviewServer(flags: ClusterFlags): Promise<ReviewServer> {
  const inside = runsInside(flags) ? inClusterFrom(process.env) : undefined;
  const kubeconfig = flags.kubeconfig ?? (process.env.KUBECONFIG || undefined);
  const credentials = await (inside ? mountedCredentials(inside) : kubeconfigCredentials(kubeconfig, flags.context));
  const { ca, servername, rejectUnauthorized } = (await credentials.access()).tls;
  return {
    server: credentials.server,
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(servername === undefined ? {} : { servername }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    },
  };
}
