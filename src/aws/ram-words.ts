import type { AssociationStatus, FeatureSet, ShareStatus } from '../domain/observation.ts';
import { associationStatuses, featureSets, shareStatuses } from '../domain/observation.ts';

/** RAM's word, or the one to wait in: a word that RAM adds later must not be taken for a state of rest. */
export function featureSetOf(word: string | undefined): FeatureSet {
  return featureSets.find((known) => known === word) ?? 'PROMOTING_TO_STANDARD';
}

/** RAM's word, or the one to wait in, as with {@link featureSetOf}. */
export function shareStatusOf(word: string | undefined): ShareStatus {
  return shareStatuses.find((known) => known === word) ?? 'PENDING';
}

/** RAM's word, or the one to wait in, as with {@link featureSetOf}. */
export function associationStatusOf(word: string | undefined): AssociationStatus {
  return associationStatuses.find((known) => known === word) ?? 'ASSOCIATING';
}
