import type { ReviewedAccess, Verdict } from './access.ts';

/** A kind of objects in a namespace. */
export interface KindIn {
  readonly kind: string;
  readonly namespace: string;
}

export type Refusal = Exclude<Verdict, 'allowed'>;

/** Who asks, and what of the fleet is shown to him. */
export interface Viewer {
  /** The verdict about one kind in one namespace. */
  of(kind: KindIn): Promise<Verdict>;
  /** Whether Events of a namespace are shown. */
  events(namespace: string): Promise<boolean>;
  /** Of these kinds and namespaces the ones that are shown, as `kindName`. */
  visible(kinds: Iterable<KindIn>): Promise<Refusal | ReadonlySet<string>>;
}

export function kindName({ kind, namespace }: KindIn): string {
  return `${namespace}/${kind}`;
}

/** Whoever reaches the listener sees all: it is on the pod's own loopback, and who may forward a port to it may. */
export const EVERYTHING: Viewer = {
  of: async () => 'allowed',
  events: async () => true,
  visible: async (kinds) => new Set([...kinds].map(kindName)),
};

/** Reviews under way at once for one list. */
const AT_ONCE = 8;

/** Names in URLs of the kinds that may opt in, by kind: no two groups have one of the same name. */
export type Resources = ReadonlyMap<string, { readonly group: string; readonly resource: string }>;

/** Shows what the owner of the token may get by `kubectl get`. */
export function tokenViewer(token: string, access: ReviewedAccess, resources: Resources): Viewer {
  const verdict = async ({ kind }: KindIn, namespace: string | undefined): Promise<Verdict> => {
    const resource = resources.get(kind);
    return resource ? access.verdict(token, { ...resource, namespace }) : 'denied';
  };
  return {
    async of(kind) {
      const everywhere = await verdict(kind, undefined);
      return everywhere === 'denied' ? verdict(kind, kind.namespace) : everywhere;
    },
    events: async (namespace) =>
      (await access.verdict(token, { group: '', resource: 'events', namespace })) === 'allowed',
    async visible(kinds) {
      const seen = new Set<string>();
      const single: KindIn[] = [];
      const everywhere = new Map<string, Verdict>();
      for (const [name, { group, resource }] of resources) {
        const found = await access.verdict(token, { group, resource, namespace: undefined });
        if (found === 'unauthenticated') return found;
        everywhere.set(name, found);
      }
      for (const kind of kinds) {
        if (everywhere.get(kind.kind) === 'allowed') seen.add(kindName(kind));
        else single.push(kind);
      }
      const next = async (): Promise<void> => {
        for (let kind = single.pop(); kind !== undefined; kind = single.pop()) {
          if ((await verdict(kind, kind.namespace)) === 'allowed') seen.add(kindName(kind));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, next));
      const any = seen.size > 0 || [...everywhere.values()].includes('allowed');
      return any ? seen : 'denied';
    },
  };
}
