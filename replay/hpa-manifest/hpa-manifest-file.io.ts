import { readInputText } from '../../files/input-file.io.ts';
import { type HpaManifest, parseHpaManifest } from './hpa-manifest.ts';

/** A manifest is a page; whatever is larger is another file. */
const MOST_BYTES = 100_000;

/** @throws InputError when the file can't be read or is no HorizontalPodAutoscaler that a replay can play. */
export function readHpaManifest(file: string): HpaManifest {
  const expected = 'a HorizontalPodAutoscaler of autoscaling/v2';
  return parseHpaManifest(readInputText({ path: file, expected, mostBytes: MOST_BYTES }), file);
}
