/** What a set-up of a namespace did. */
export interface ShownSetup {
  readonly namespace: string;
  readonly isNamespaceMade: boolean;
  readonly retentionSetDays: number | null;
  readonly registeredAttributes: readonly string[];
}

/** What a set-up did, for people; one line where nothing was left to do. */
export function renderSetup(setup: ShownSetup): readonly string[] {
  const { namespace, isNamespaceMade, retentionSetDays, registeredAttributes } = setup;
  return [
    ...(isNamespaceMade ? [`made the namespace ${namespace}`] : []),
    ...(retentionSetDays === null ? [] : [`finished rollouts are kept for ${retentionSetDays} days`]),
    ...(registeredAttributes.length === 0 ? [] : [`registered ${registeredAttributes.join(', ')}`]),
    `the namespace ${namespace} is ready`,
  ];
}
