import { type AddressInfo, createServer, type Socket } from 'node:net';
import { messageOf } from '../../core/errors.ts';
import { readKubeconfig } from '../../kubernetes/client/credentials.io.ts';
import { type ClusterFlags, runsInside } from './cluster.ts';

/** A port of a pod, reached from here. */
export interface ForwardedPort {
  /** `http://127.0.0.1:40123` */
  readonly url: string;
  /** Sent along with each request; a token where the user has one. */
  readonly headers: Readonly<Record<string, string>>;
  /** Why the newest connection could not be made. */
  problem(): Error | undefined;
  close(): Promise<void>;
}

export type ForwardPort = (namespace: string, pod: string, port: number) => Promise<ForwardedPort>;

/** A free port of this machine's loopback that leads to a port of a pod, through the API server, as `kubectl port-forward` does. */
export async function forwardPort(
  flags: ClusterFlags,
  namespace: string,
  pod: string,
  port: number,
): Promise<ForwardedPort> {
  const { KubeConfig, PortForward } = await import('@kubernetes/client-node');
  const inside = runsInside(flags);
  const config = inside
    ? new KubeConfig()
    : await readKubeconfig(flags.kubeconfig ?? (process.env.KUBECONFIG || undefined), flags.context);
  if (inside) config.loadFromCluster();
  const forward = new PortForward(config);
  const sockets = new Set<Socket>();
  let problem: Error | undefined;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => {});
    forward.portForward(namespace, pod, [port], socket, null, socket).then(
      (stream) => {
        // It ends its stream where the socket's other side ends, and not where the socket is destroyed: the process would go on.
        const end = () => (typeof stream === 'function' ? stream() : stream)?.terminate();
        if (socket.destroyed) end();
        else socket.once('close', end);
      },
      (error: unknown) => {
        problem =
          error instanceof Error
            ? error
            : new Error(String((error as { message?: string }).message ?? messageOf(error)));
        socket.destroy();
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { token } = config.getCurrentUser() ?? {};
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    headers: token ? { authorization: `Bearer ${token}` } : {},
    problem: () => problem,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
