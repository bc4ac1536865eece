import { historyStoreContract } from './history-store.contract.ts';
import { MemoryHistoryStore } from './history-store.ts';

historyStoreContract('memory', async () => new MemoryHistoryStore(2));
