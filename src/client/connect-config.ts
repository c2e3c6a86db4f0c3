import { loadClientConnectConfig } from '@temporalio/envconfig';
import { errorText } from '../domain/error-text.ts';
import { AppError } from '../domain/errors.ts';

/** Address, namespace, TLS and key as Temporal's own environment and configuration file say. Throws `temporal-unreachable`. */
export function connectConfig(): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig();
  } catch (error) {
    throw new AppError('temporal-unreachable', `The configuration of Temporal cannot be read: ${errorText(error)}`, {
      item: 'TEMPORAL_* and TEMPORAL_CONFIG_FILE',
      cause: error,
    });
  }
}
