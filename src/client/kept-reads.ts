/**
 * Reads each thing once: who asks again, or while it is being read, gets the same answer. Of so many things the oldest is
 * forgotten; an error is never kept.
 */
export function keptReads<Value>(most: number): (key: string, read: () => Promise<Value>) => Promise<Value> {
  const answers = new Map<string, Promise<Value>>();
  return (key, read) => {
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = read().catch((error: unknown) => {
      answers.delete(key);
      throw error;
    });
    answers.set(key, answer);
    const [oldest] = answers.keys();
    if (answers.size > most && oldest !== undefined) answers.delete(oldest);
    return answer;
  };
}
