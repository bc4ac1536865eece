import type { KubernetesApi, Query } from '../../kubernetes/api.ts';

/** The scale subresources of many Deployments and the ConfigMaps of statuses, and nothing else of an API server. */
export class ScalesApi implements KubernetesApi {
  readonly server = 'the bench';
  private readonly scales = new Map<string, { readonly app: string; replicas: number }>();
  private readonly data = new Map<string, Map<string, string>>();

  set(path: string, app: string, replicas: number): void {
    this.scales.set(path, { app, replicas });
  }

  replicas(path: string): number {
    return this.scales.get(path)!.replicas;
  }

  /** UTF-8 bytes of the largest ConfigMap. */
  get largestMapBytes(): number {
    const sizes = [...this.data.values()].map((map) =>
      [...map].reduce((sum, [key, text]) => sum + key.length + Buffer.byteLength(text), 0),
    );
    return Math.max(0, ...sizes);
  }

  async get<T>(path: string, _query?: Query): Promise<T> {
    const scale = this.scales.get(path);
    if (!scale) return { data: Object.fromEntries(this.data.get(path) ?? []) } as T;
    const { app, replicas } = scale;
    return { spec: { replicas }, status: { replicas, selector: `app=${app}` } } as T;
  }

  async patch<T>(path: string, _type: unknown, body: unknown): Promise<T> {
    const scale = this.scales.get(path);
    if (scale) {
      scale.replicas = (body as { value: number }[])[1]!.value;
      return {} as T;
    }
    const map = this.data.get(path) ?? new Map<string, string>();
    this.data.set(path, map);
    for (const [key, text] of Object.entries((body as { data: Record<string, string | null> }).data)) {
      if (text === null) map.delete(key);
      else map.set(key, text);
    }
    return {} as T;
  }

  post<T>(path: string): Promise<T> {
    return refused(path);
  }

  put<T>(path: string): Promise<T> {
    return refused(path);
  }

  delete(path: string): Promise<void> {
    return refused(path);
  }

  watch(path: string): Promise<void> {
    return refused(path);
  }

  async close(): Promise<void> {}
}

async function refused(path: string): Promise<never> {
  throw new Error(`${path} is not served here`);
}
