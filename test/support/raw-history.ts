/** Every text and every byte of a value as it came from Temporal, joined. */
export function everythingIn(value: unknown): string {
  if (typeof value === 'string') return `${value}\n`;
  if (value instanceof Uint8Array) return `${Buffer.from(value).toString('latin1')}\n`;
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([key, inner]) => `${key}\n${everythingIn(inner)}`)
    .join('');
}

/** The messages of all failures in a value as it came from Temporal. */
export function failureMessagesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  const own = 'encodedAttributes' in value && 'message' in value ? [String(value.message)] : [];
  return [...own, ...Object.values(value).flatMap(failureMessagesIn)];
}
