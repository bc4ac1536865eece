import {
  ApiError,
  type KubernetesApi,
  type ListOptions,
  type PatchType,
  type Query,
  type WatchEvent,
} from '../../kubernetes/api.ts';
import type { MemoryKubernetesApi, MemoryRequest } from '../../kubernetes/fake/memory-api.ts';
import { lostConnection } from '../../kubernetes/fake/memory-watch.ts';
import { onAbort } from '../clock.ts';
import type { SimulatedProcess } from './process.ts';

/** What becomes of a request between a process and the API server. */
export interface RequestFate {
  /** On the way there. */
  readonly delaySeconds?: number;
  readonly error?: ApiError;
  /** The request is carried out, and its answer lost. */
  readonly afterwards?: boolean;
  /** Answered by somebody else than the API server's own store. */
  readonly answer?: unknown;
}

/** Between processes and the API server: faults, crash points, counting. */
export interface ApiPath {
  fate(process: string, request: MemoryRequest): RequestFate | undefined;
  /** A process may die here: before the request leaves, or when it was carried out and before its answer. */
  crashes(process: string, request: MemoryRequest, landed: boolean): boolean;
  landed(process: string, request: MemoryRequest, result: unknown): void;
  /** Events are lost on their way, and nobody notices. */
  isSilent(process: string): boolean;
  /** Told of each watch how to cut it; the answer is called when it ended. */
  watching(process: string, cut: (error: ApiError) => void): () => void;
}

/** The timeout of a silent watch: what the server was asked for, and the grace of kubernetes/client/api-limits.ts. */
const SILENT_SECONDS = 60;

/** No error of its own for each watch that ends. */
const ENDED = 'ended';

/** The API server as one process sees it. */
export class ProcessApi implements KubernetesApi {
  readonly server = 'memory';
  private readonly api: MemoryKubernetesApi;
  private readonly process: SimulatedProcess;
  private readonly path: ApiPath;

  constructor(api: MemoryKubernetesApi, process: SimulatedProcess, path: ApiPath) {
    this.api = api;
    this.process = process;
    this.path = path;
  }

  get<T>(path: string, query: Query = {}, options?: ListOptions): Promise<T> {
    return this.call({ verb: 'get', path, query, body: undefined }, () => this.api.get<T>(path, query, options));
  }

  post<T>(path: string, body: unknown, query: Query = {}): Promise<T> {
    return this.call({ verb: 'create', path, query, body }, () => this.api.post<T>(path, body, query));
  }

  put<T>(path: string, body: unknown, query: Query = {}): Promise<T> {
    return this.call({ verb: 'update', path, query, body }, () => this.api.put<T>(path, body, query));
  }

  patch<T>(path: string, type: PatchType, body: unknown, query: Query = {}): Promise<T> {
    return this.call({ verb: 'patch', path, query, body }, () => this.api.patch<T>(path, type, body, query));
  }

  delete(path: string, query: Query = {}): Promise<void> {
    return this.call({ verb: 'delete', path, query, body: undefined }, () => this.api.delete(path, query));
  }

  async watch<T>(
    path: string,
    query: Query,
    onEvent: (event: WatchEvent<T>) => void,
    signal: AbortSignal,
    options?: ListOptions,
  ): Promise<void> {
    const { process } = this;
    await this.call({ verb: 'watch', path, query, body: undefined }, async () => undefined);
    const ended = new AbortController();
    const end = () => ended.abort(ENDED);
    const forget = onAbort(signal, end);
    const stays = process.onGone(end);
    let failure: ApiError | undefined;
    let lost = false;
    const cut = (error: ApiError) => {
      failure ??= error;
      end();
    };
    const closed = this.path.watching(process.name, cut);
    try {
      await this.api.watch<T>(
        path,
        query,
        (event) => {
          if (this.path.isSilent(process.name)) lost = true;
          // What was lost is not made good by what comes after it on the same connection.
          if (!lost) process.resume(() => onEvent(event));
        },
        ended.signal,
        options,
      );
      if (!process.alive || process.isFrozen) await process.running();
      if (failure) throw failure;
      if (lost && !signal.aborted) await this.noticeSilence(path, signal);
    } finally {
      closed();
      forget();
      stays();
    }
  }

  async close(): Promise<void> {}

  /** A half-open socket is noticed only by its deadline. */
  private async noticeSilence(path: string, signal: AbortSignal): Promise<void> {
    await this.process.clock.sleep(SILENT_SECONDS, signal);
    if (!signal.aborted) throw new ApiError(`WATCH memory${path}: silent`, 0, 'Silent');
  }

  private async call<T>(request: MemoryRequest, work: () => Promise<T>): Promise<T> {
    const { process, path } = this;
    if (!process.alive || process.isFrozen) await process.running();
    const fate = path.fate(process.name, request);
    if (fate?.delaySeconds) await process.clock.sleep(fate.delaySeconds);
    if (fate?.error && !fate.afterwards) throw fate.error;
    if (path.crashes(process.name, request, false)) await process.running();
    const result = (fate?.answer as T | undefined) ?? (await work());
    path.landed(process.name, request, result);
    if (path.crashes(process.name, request, true)) await process.running();
    if (fate?.error) throw fate.error;
    if (!process.alive || process.isFrozen) await process.running();
    return result;
  }
}

/** How a request ends whose answer never came. */
export function lostAnswer({ verb, path }: MemoryRequest): ApiError {
  return lostConnection(`${verb.toUpperCase()} memory${path}`);
}
