import { OBSERVATION_SECONDS } from '../demand/demand-source.ts';
import type { PodUsage } from '../demand/ready-demand.ts';
import { promNumber } from './answer.ts';
import { askInParts } from './ask-in-parts.ts';
import type { Evaluate } from './live-expressions.ts';
import { type Resource, usageOfNamespaces } from './resource-expressions.ts';

/** More make a request line of several tens of kilobytes. */
const NAMESPACES_A_REQUEST = 100;

/** A namespace's pods' usage by pod name, or why it is unknown. */
export type NamespaceUsage = ReadonlyMap<string, PodUsage> | Error;

/** Usage of every pod of these namespaces, by few requests. @returns an entry for every namespace */
export async function latestUsage(
  evaluate: Evaluate,
  resource: Resource,
  namespaces: readonly string[],
  endSeconds: number,
): Promise<ReadonlyMap<string, NamespaceUsage>> {
  const found = new Map<string, Map<string, PodUsage> | Error>();
  const ask = async (part: readonly string[]) => {
    const answer = await evaluate(usageOfNamespaces(resource, part), endSeconds);
    for (const namespace of part) found.set(namespace, new Map());
    const answered = new Set<string>();
    for (const { metric, points } of answer) {
      const value = promNumber(points.at(-1)?.[1] ?? 'NaN');
      const usage = found.get(metric.namespace ?? '');
      if (!(usage instanceof Map) || metric.pod === undefined) continue;
      const twice = answered.size === answered.add(`${metric.namespace}/${metric.pod}`).size;
      // NaN, infinite, or two numbers for one pod (a proxy over several servers): as if it was not measured.
      if (twice || !(value >= 0 && value < Infinity)) usage.delete(metric.pod);
      else usage.set(metric.pod, { value, endSeconds, windowSeconds: OBSERVATION_SECONDS });
    }
  };
  await askInParts(namespaces, NAMESPACES_A_REQUEST, ask, (namespace, error) => found.set(namespace, error));
  return found;
}
