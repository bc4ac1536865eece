import { VirtualClock } from '../../kubernetes/fake/virtual-clock.ts';
import { collectionContract } from './collection.contract.ts';
import { MemoryCollectionList, MemoryCollectorsAlive, MemoryReadingsBoard } from './memory-collection.ts';

collectionContract('in memory', async () => {
  const clock = new VirtualClock(1_800_000_000);
  return {
    list: new MemoryCollectionList(),
    board: new MemoryReadingsBoard(),
    alive: new MemoryCollectorsAlive(clock.nowSeconds, 15),
    deadAfterSeconds: 15,
    pass: (seconds) => clock.advance(seconds),
    close: async () => {},
  };
});
