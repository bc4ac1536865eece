import { readTraces, type Trace } from '../traces.ts';

/** What `--quick` takes: one smooth, one irregular and one coarse load. */
const QUICK = ['demand_nyctaxi_30m', 'svc_crane08_1m', 'web_awselb_5m'];

/**
 * The loads of the comparison, or the reason why there are none: every .csv (timestamp,value) of the folder. To compare on one more, put it
 * there; one that is made instead of read is added to the list here.
 * @param only part of the names
 */
export async function peerTraces(folder: string, quick: boolean, only = ''): Promise<readonly Trace[] | string> {
  const traces = await readTraces(folder);
  if (typeof traces === 'string') return traces;
  const chosen = traces.filter(({ name }) => name.includes(only) && (!quick || only !== '' || QUICK.includes(name)));
  return chosen.length > 0 ? chosen : `skipped: no trace of ${folder} is named like "${only}"`;
}
