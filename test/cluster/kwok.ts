import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiClient } from './api-client.ts';
import type { ServerSpec } from './server-process.ts';

/** The elastic node: pods come to it only by toleration, as to Alibaba Cloud's ECI. */
export const VIRTUAL_NODE = 'virtual-kubelet-1';
export const ORDINARY_NODE = 'node-1';
export const NODES = [VIRTUAL_NODE, ORDINARY_NODE];

const TAINT = { key: 'virtual-kubelet.io/provider', value: 'alibabacloud', effect: 'NoSchedule' };
const FAKE = 'kwok.x-k8s.io/node';

/** Where prescale's console listens in its pods. */
const CONSOLE_PORT = 8082;

export interface KwokOptions {
  readonly folder: string;
  readonly binaries: string;
  readonly port: number;
  /** Of this machine: where a port-forward to the console's port of any pod leads. */
  readonly consolePort: number;
  readonly kubeconfig: string;
}

/** Plays the kubelets of both nodes: pods' life by stages, their CPU and memory as a kubelet's /metrics/resource. */
export function kwok({ folder, binaries, port, consolePort, kubeconfig }: KwokOptions): ServerSpec {
  const stages = join(binaries, 'kwok-stages');
  const configs = [
    'stage/pod/general',
    'stage/node/fast',
    'stage/node/heartbeat-with-lease',
    'metrics/resource',
    'metrics/usage',
  ];
  const files = configs.flatMap((config) =>
    readdirSync(join(stages, config))
      .filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml')
      .map((file) => join(stages, config, file)),
  );
  const forwards = join(folder, 'kwok-port-forward.json');
  writeFileSync(forwards, JSON.stringify(portForward(consolePort)));
  return {
    name: 'kwok',
    command: join(binaries, 'kwok'),
    args: [
      `--kubeconfig=${kubeconfig}`,
      ...[...files, forwards].map((file) => `--config=${file}`),
      '--manage-all-nodes=false',
      `--manage-nodes-with-annotation-selector=${FAKE}=fake`,
      '--node-lease-duration-seconds=40',
      '--node-ip=127.0.0.1',
      `--node-port=${port}`,
      `--server-address=127.0.0.1:${port}`,
    ],
    logFile: join(folder, 'kwok.log'),
    ready: async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok,
  };
}

function portForward(port: number): object {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'ClusterPortForward',
    metadata: { name: 'console' },
    spec: { forwards: [{ ports: [CONSOLE_PORT], target: { address: '127.0.0.1', port } }] },
  };
}

/** Where a node's figures are, on KWOK's port. */
export function nodeMetricsPath(node: string): string {
  return `/metrics/nodes/${node}/metrics/resource`;
}

/** Registers both nodes; KWOK makes them Ready. */
export async function createNodes(api: ApiClient): Promise<void> {
  const capacity = { cpu: '4000', memory: '16Ti', pods: '5000' };
  const node = (name: string, labels: object, taints: readonly object[]) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', ...labels },
      annotations: { [FAKE]: 'fake' },
    },
    spec: { taints },
    status: { allocatable: capacity, capacity },
  });
  const nodes = [
    node(VIRTUAL_NODE, { type: 'virtual-kubelet' }, [TAINT]),
    node(ORDINARY_NODE, { 'node.kubernetes.io/instance-type': 'ecs.g7.16xlarge' }, []),
  ];
  for (const body of nodes) await api.request('POST', '/api/v1/nodes', body);
}

/** What a test says of a Deployment's pods. */
export interface DeploymentOptions {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  /** Of the Deployment, such as prescale.dev/enabled. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Of the Deployment and its pods, beside app=<name>. */
  readonly labels?: Readonly<Record<string, string>>;
  /** From scheduled to Ready (default 1). */
  readonly startupSeconds?: number;
  /** Up to so much more, uniformly (default 0). */
  readonly jitterSeconds?: number;
  /** Which nodes the pods may go to (default virtual). */
  readonly nodes?: 'virtual' | 'ordinary' | 'both';
  /** Default 100m CPU, 64Mi. */
  readonly requests?: { readonly cpu?: string; readonly memory?: string };
  /** What each pod is said to use: a quantity such as 250m. */
  readonly usageCpu?: string;
  readonly usageMemory?: string;
}

/** The Deployment as YAML's object. */
export function deploymentManifest(options: DeploymentOptions): object {
  const { namespace, name, replicas, annotations = {}, nodes = 'virtual' } = options;
  const labels = { ...options.labels, app: name };
  const tolerations = [{ key: TAINT.key, operator: 'Exists' }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name, annotations, labels },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels, annotations: podAnnotations(options) },
        spec: {
          ...(nodes === 'ordinary' ? {} : { tolerations }),
          ...(nodes === 'virtual' ? { nodeSelector: { type: 'virtual-kubelet' } } : {}),
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'main',
              image: 'registry.invalid/app:1',
              // What the restricted Pod Security Standard asks for, so that any namespace takes it.
              securityContext: {
                runAsNonRoot: true,
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
                seccompProfile: { type: 'RuntimeDefault' },
              },
              resources: { requests: { cpu: '100m', memory: '64Mi', ...options.requests } },
            },
          ],
        },
      },
    },
  };
}

function podAnnotations({ startupSeconds = 1, jitterSeconds = 0, ...options }: DeploymentOptions) {
  // KWOK draws each stage's delay from delay … jitter-delay. A tenth of the time passes until the sandbox is there.
  const stage = (name: string, share: number) => ({
    [`${name}.stage.kwok.x-k8s.io/delay`]: `${Math.round(startupSeconds * share * 1000)}ms`,
    [`${name}.stage.kwok.x-k8s.io/jitter-delay`]: `${Math.round((startupSeconds + jitterSeconds) * share * 1000)}ms`,
  });
  return {
    ...stage('pod-create', 0.1),
    ...stage('pod-ready', 0.9),
    ...(options.usageCpu === undefined ? {} : { 'kwok.x-k8s.io/usage-cpu': options.usageCpu }),
    ...(options.usageMemory === undefined ? {} : { 'kwok.x-k8s.io/usage-memory': options.usageMemory }),
  };
}
