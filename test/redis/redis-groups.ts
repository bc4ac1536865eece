import { freePorts } from '../cluster/ports.ts';
import { pause } from '../cluster/server-process.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

export interface SentinelGroup {
  readonly master: RedisServer;
  readonly replica: RedisServer;
  readonly sentinels: readonly RedisServer[];
  /** host:port of each Sentinel. */
  readonly names: readonly string[];
  stop(): Promise<void>;
}

/** A master, a replica of it, and three Sentinels that agree after a second that it is gone. They watch `mymaster`. */
export async function startSentinelGroup(): Promise<SentinelGroup> {
  const started: RedisServer[] = [];
  const start = async (options: Parameters<typeof startRedis>[0]) => {
    const server = await startRedis(options);
    started.push(server);
    return server;
  };
  const stop = async () => void (await Promise.all(started.map((server) => server.stop())));
  try {
    const master = await start({});
    const replica = await start({ config: [`replicaof 127.0.0.1 ${master.port}`] });
    await reached('the replica follows', async () =>
      (await replica.cli('info', 'replication')).includes('link_status:up'),
    );
    const watched = [
      `sentinel monitor mymaster 127.0.0.1 ${master.port} 2`,
      'sentinel down-after-milliseconds mymaster 1000',
      'sentinel failover-timeout mymaster 5000',
    ];
    const ports = await freePorts(3);
    const sentinels = await Promise.all(ports.map((port) => startSentinel(port, watched, start)));
    const known = async (server: RedisServer) => {
      const [, others] = /num-other-sentinels\n(\d+)/.exec(await server.cli('sentinel', 'master', 'mymaster')) ?? [];
      const [, replicas] = /num-slaves\n(\d+)/.exec(await server.cli('sentinel', 'master', 'mymaster')) ?? [];
      return others === '2' && replicas === '1';
    };
    for (const sentinel of sentinels) await reached('Sentinels know each other', () => known(sentinel));
    return { master, replica, sentinels, names: ports.map((port) => `127.0.0.1:${port}`), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startSentinel(
  port: number,
  config: readonly string[],
  start: (options: Parameters<typeof startRedis>[0]) => Promise<RedisServer>,
): Promise<RedisServer> {
  return start({ port, config, serverArgs: ['--sentinel'] });
}

export interface RedisCluster {
  readonly nodes: readonly RedisServer[];
  /** host:port of each node. */
  readonly names: readonly string[];
  stop(): Promise<void>;
}

/** Three masters that share the slots, without replicas. */
export async function startRedisCluster(options: { password?: string } = {}): Promise<RedisCluster> {
  const config = ['cluster-enabled yes', 'cluster-node-timeout 2000', 'cluster-require-full-coverage no'];
  if (options.password !== undefined) config.push(`masterauth "${options.password}"`);
  // The bus listens on another port, 10,000 above: that one is in the free range as well.
  const nodes = await Promise.all([1, 2, 3].map(() => startRedis({ ...options, config })));
  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())));
  try {
    const names = nodes.map(({ port }) => `127.0.0.1:${port}`);
    await nodes[0]!.cli('--cluster', 'create', ...names, '--cluster-yes');
    for (const node of nodes) {
      await reached('the cluster is there', async () =>
        (await node.cli('cluster', 'info')).includes('cluster_state:ok'),
      );
    }
    return { nodes, names, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function reached(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`${what}: not after 30 s`);
    await pause(100);
  }
}
