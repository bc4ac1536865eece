import type { Random } from '../core/random.ts';
import { ApiError } from '../kubernetes/api.ts';
import { statusError } from '../kubernetes/api-failure.ts';
import type { MemoryRequest } from '../kubernetes/fake/memory-api.ts';
import { type ApiPath, lostAnswer, type RequestFate } from './processes/api.ts';
import type { Action } from './scenarios/scenario.ts';

const METRICS_API = '/apis/metrics.k8s.io/v1beta1/pods';
/** A request that nobody answers ends by its deadline (cli/process.ts). */
const DEADLINE_SECONDS = 5;
/** Of requests that some fault hits. */
const HIT_SHARE = 0.5;
const SLOW_SECONDS = 1;

/** One change of replicas, or of an HPA's floor, that a process of ours made. */
export interface Write {
  readonly atSeconds: number;
  readonly process: string;
  readonly workload: string;
  readonly from: number;
  readonly to: number;
  readonly target: 'scale' | 'hpa';
}

/** What processes asked of the API server so far, by the slot they run in. */
export interface TrafficCounts {
  requests: number;
  events: number;
}

/** metrics.k8s.io, behind the API server. */
export interface MetricsApi {
  readonly away: boolean;
  /** The answer of /apis/metrics.k8s.io/v1beta1/pods. */
  list(): { readonly items: readonly object[] };
}

interface Active {
  readonly action: Action;
  readonly target: (process: string) => boolean;
  readonly by: number | undefined;
}

/** All traffic between the processes and the API server: what goes wrong with it, and what was written. */
export class Traffic implements ApiPath {
  readonly counts = new Map<string, TrafficCounts>();
  /** Asked before and after each request: whether the process dies right there. */
  crash: ((process: string, request: MemoryRequest, landed: boolean) => boolean) | undefined;
  onWrite: (write: Write) => void = () => {};
  metricsServer: MetricsApi | undefined;
  /** minReplicas of the HPA beside a workload, before a write; NaN: not known. */
  floorOf: (workload: string) => number = () => Number.NaN;
  private readonly random: Random;
  private readonly nowSeconds: () => number;
  private readonly watches = new Set<{ readonly process: string; readonly cut: (error: ApiError) => void }>();
  private active: readonly Active[] = [];

  constructor(nowSeconds: () => number, random: Random) {
    this.nowSeconds = nowSeconds;
    this.random = random;
  }

  /** @param target whose requests; @returns ends it */
  begin(action: Action, target: (process: string) => boolean, by: number | undefined): () => void {
    const fault = { action, target, by };
    this.active = [...this.active, fault];
    if (action === 'api-outage') this.cutWatches(target);
    return () => {
      this.active = this.active.filter((one) => one !== fault);
    };
  }

  cutWatches(target: (process: string) => boolean): void {
    const error = new ApiError('WATCH memory: the connection was closed in the middle of it', 0, 'ConnectionLost');
    for (const { process, cut } of [...this.watches]) if (target(process)) cut(error);
  }

  fate(process: string, request: MemoryRequest): RequestFate | undefined {
    const counts = this.counts.get(process) ?? { requests: 0, events: 0 };
    this.counts.set(process, counts);
    counts.requests++;
    if (request.path.endsWith('/events') && request.verb === 'create') counts.events++;
    for (const fault of this.active) {
      const fate = fault.target(process) ? this.fateBy(fault, request) : undefined;
      if (fate) return fate;
    }
    return request.path === METRICS_API ? this.metrics(request) : undefined;
  }

  crashes(process: string, request: MemoryRequest, landed: boolean): boolean {
    return this.crash?.(process, request, landed) === true;
  }

  landed(process: string, request: MemoryRequest, result: unknown): void {
    const write = writeOf(request, result, this.floorOf);
    if (write && write.from !== write.to) this.onWrite({ ...write, process, atSeconds: this.nowSeconds() });
  }

  isSilent(process: string): boolean {
    return this.active.some(({ action, target }) => action === 'watches-silent' && target(process));
  }

  watching(process: string, cut: (error: ApiError) => void): () => void {
    const watch = { process, cut };
    this.watches.add(watch);
    return () => this.watches.delete(watch);
  }

  private metrics(request: MemoryRequest): RequestFate {
    const server = this.metricsServer;
    if (!server || server.away)
      return { error: refused(request, 503, 'the server is currently unable to handle the request') };
    return { answer: server.list() };
  }

  private fateBy({ action, by }: Active, request: MemoryRequest): RequestFate | undefined {
    const writes = request.verb !== 'get' && request.verb !== 'watch';
    const scales =
      request.verb === 'patch' && !request.path.includes('/configmaps/') && !request.path.endsWith('/events');
    switch (action) {
      case 'api-outage':
        return {
          error: nothing(request, 'ConnectionRefused', 'the connection was refused: is the API server running?'),
        };
      case 'api-silent':
        return {
          delaySeconds: DEADLINE_SECONDS,
          error: nothing(request, 'Timeout', `no whole answer within ${DEADLINE_SECONDS} s`),
        };
      case 'api-slow':
        return { delaySeconds: by ?? SLOW_SECONDS };
      case 'api-errors':
        return this.hits() ? { error: refused(request, 503, 'etcdserver: request timed out') } : undefined;
      case 'api-too-many':
        return this.hits() ? { error: refused(request, 429, 'the server has received too many requests') } : undefined;
      case 'api-conflicts':
        return scales && this.hits() ? { error: refused(request, 409, 'the object has been modified') } : undefined;
      case 'api-forbidden':
        return scales ? { error: refused(request, 403, `prescale cannot patch ${request.path}`) } : undefined;
      case 'api-lost-answers':
        return writes && this.hits() ? { error: lostAnswer(request), afterwards: true } : undefined;
      default:
        return undefined;
    }
  }

  private hits(): boolean {
    return this.random() < HIT_SHARE;
  }
}

function nothing({ verb, path }: MemoryRequest, reason: string, words: string): ApiError {
  return new ApiError(`${verb.toUpperCase()} memory${path}: ${words}`, 0, reason);
}

function refused({ verb, path }: MemoryRequest, code: number, message: string): ApiError {
  return statusError(`${verb.toUpperCase()} memory${path}`, code, { message });
}

interface PatchStep {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}

/** Undefined: it changed no replicas. */
function writeOf(
  { verb, path, body }: MemoryRequest,
  result: unknown,
  floorOf: Traffic['floorOf'],
): Omit<Write, 'atSeconds' | 'process'> | undefined {
  if (verb !== 'patch') return undefined;
  const scale = /\/deployments\/([^/]+)\/scale$/.exec(path);
  if (scale) {
    const steps = body as readonly PatchStep[];
    const tested = steps.find(({ op }) => op === 'test')?.value;
    const to = (result as { spec?: { replicas?: number } }).spec?.replicas ?? 0;
    return { workload: scale[1]!, from: typeof tested === 'number' ? tested : 0, to, target: 'scale' };
  }
  const hpa = /\/horizontalpodautoscalers\/([^/]+)$/.exec(path);
  const least = (body as { spec?: { minReplicas?: number | null } }).spec?.minReplicas;
  // What it was before is not in the request.
  return hpa && least !== undefined
    ? { workload: hpa[1]!, from: floorOf(hpa[1]!), to: least ?? 1, target: 'hpa' }
    : undefined;
}
