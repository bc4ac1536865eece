import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiClient } from './api-client.ts';
import { type Certificates, FRONT_PROXY_NAME } from './certificates.ts';
import { type ServerProcess, type ServerSpec, serverProcess, type Watchdog } from './server-process.ts';

/** Users of the static token file, each with the rights that Kubernetes' own roles give its name or group. */
const USERS = {
  admin: { token: 'admin-token', groups: ['system:masters'] },
  'system:kube-controller-manager': { token: 'controller-manager-token', groups: [] },
  'system:kube-scheduler': { token: 'scheduler-token', groups: [] },
} as const;
export type User = keyof typeof USERS;

export interface ControlPlaneOptions {
  /** Everything of this cluster: certificates, kubeconfigs, data, logs. */
  readonly folder: string;
  readonly binaries: string;
  readonly certificates: Certificates;
  readonly etcdPort: number;
  readonly etcdPeerPort: number;
  readonly apiPort: number;
  readonly hpaSyncSeconds: number;
  readonly watchdog: Watchdog;
  readonly api: ApiClient;
}

export interface ControlPlane {
  readonly etcd: ServerProcess;
  readonly apiServer: ServerProcess;
  readonly controllerManager: ServerProcess;
  readonly scheduler: ServerProcess;
}

/** The four servers of Kubernetes itself, not started yet: in this order they can be. */
export function controlPlane(options: ControlPlaneOptions): ControlPlane {
  const tokens = Object.entries(USERS).map(
    ([name, { token, groups }]) => `${token},${name},${name}${groups.length > 0 ? `,"${groups.join(',')}"` : ''}\n`,
  );
  writeFileSync(tokenFile(options.folder), tokens.join(''), { mode: 0o600 });
  const server = (spec: Omit<ServerSpec, 'logFile'>) =>
    serverProcess({ ...spec, logFile: join(options.folder, `${spec.name}.log`) }, options.watchdog);
  return {
    etcd: server(etcd(options)),
    apiServer: server(apiServer(options)),
    controllerManager: server(controllerManager(options)),
    scheduler: server(scheduler(options)),
  };
}

function etcd({ folder, etcdPort, etcdPeerPort }: ControlPlaneOptions): Omit<ServerSpec, 'logFile'> {
  const client = `http://127.0.0.1:${etcdPort}`;
  const peer = `http://127.0.0.1:${etcdPeerPort}`;
  return {
    name: 'etcd',
    command: 'etcd',
    args: [
      ...['--name', 'default', '--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync', '--log-level', 'warn'],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
    ],
    ready: async () => (await fetch(`${client}/health`)).ok,
  };
}

function apiServer(options: ControlPlaneOptions): Omit<ServerSpec, 'logFile'> {
  const { folder, certificates, etcdPort, apiPort, api } = options;
  const flags = {
    'etcd-servers': `http://127.0.0.1:${etcdPort}`,
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    // Nothing reaches the kubernetes Service here, and a loopback address may not stand in Endpoints.
    'endpoint-reconciler-type': 'none',
    'secure-port': apiPort,
    'cert-dir': join(folder, 'apiserver'),
    'tls-cert-file': certificates.apiServer.certificate,
    'tls-private-key-file': certificates.apiServer.key,
    // etcd 3.4 (Debian's) can't serve watch-lists. Refused at the door, KWOK lists and watches; accepted and then failed, it
    // would list anew after ever longer pauses, and pods would stand still for up to half a minute.
    'feature-gates': 'WatchList=false',
    'token-auth-file': tokenFile(folder),
    'authorization-mode': 'RBAC',
    'service-cluster-ip-range': '10.96.0.0/16',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': certificates.serviceAccounts.publicKey,
    'service-account-signing-key-file': certificates.serviceAccounts.privateKey,
    'proxy-client-cert-file': certificates.frontProxyClient.certificate,
    'proxy-client-key-file': certificates.frontProxyClient.key,
    'requestheader-client-ca-file': certificates.frontProxyCa,
    'requestheader-allowed-names': FRONT_PROXY_NAME,
    'requestheader-username-headers': 'X-Remote-User',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
  };
  return {
    name: 'kube-apiserver',
    command: join(options.binaries, 'kube-apiserver'),
    args: flagged(flags),
    // It would wait for its clients' watches, which don't end by themselves.
    stopSeconds: 2,
    ready: () => api.isReady(),
  };
}

function controllerManager(options: ControlPlaneOptions): Omit<ServerSpec, 'logFile'> {
  const { folder, certificates, api } = options;
  const flags = {
    kubeconfig: writeKubeconfig(folder, 'kube-controller-manager', api, tokenOf('system:kube-controller-manager')),
    'leader-elect': false,
    'secure-port': 0,
    // Each controller as its own ServiceAccount, as in real clusters: also the HPA controller's rights are real then.
    'use-service-account-credentials': true,
    'service-account-private-key-file': certificates.serviceAccounts.privateKey,
    'root-ca-file': certificates.ca,
    'horizontal-pod-autoscaler-sync-period': `${options.hpaSyncSeconds}s`,
    ...RAISED_LIMITS,
  };
  return {
    name: 'kube-controller-manager',
    command: join(options.binaries, 'kube-controller-manager'),
    args: flagged(flags),
    // It serves no port; that namespaces get their ServiceAccount shows that its controllers run.
    ready: async () => (await api.find('/api/v1/namespaces/default/serviceaccounts/default')) !== undefined,
  };
}

function scheduler(options: ControlPlaneOptions): Omit<ServerSpec, 'logFile'> {
  const { folder, api } = options;
  const flags = {
    kubeconfig: writeKubeconfig(folder, 'kube-scheduler', api, tokenOf('system:kube-scheduler')),
    'leader-elect': false,
    'secure-port': 0,
    ...RAISED_LIMITS,
  };
  return {
    name: 'kube-scheduler',
    command: join(options.binaries, 'kube-scheduler'),
    args: flagged(flags),
    // It serves no port either; pods wait for it without harm.
    ready: async () => true,
  };
}

/** So that 500 pods at once are held up by nothing but themselves; the defaults are 20 and 30, 50 and 100. */
const RAISED_LIMITS = { 'kube-api-qps': 300, 'kube-api-burst': 600 };

function flagged(flags: Readonly<Record<string, string | number | boolean>>): string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

function tokenFile(folder: string): string {
  return join(folder, 'tokens.csv');
}

export function tokenOf(user: User): string {
  return USERS[user].token;
}

/** Writes a kubeconfig with a token and gives its path. */
export function writeKubeconfig(
  folder: string,
  name: string,
  api: Pick<ApiClient, 'url' | 'ca'>,
  token: string,
  namespace = 'default',
): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'test',
        cluster: { server: api.url, 'certificate-authority-data': Buffer.from(api.ca).toString('base64') },
      },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: name, namespace } }],
    'current-context': 'test',
  };
  const file = join(folder, `${name}.kubeconfig`);
  // JSON is YAML.
  writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  return file;
}
