import type { DescribedImage } from '../contracts/plan.ts';
import type { ImageDrift } from '../domain/drift.ts';
import type { ImageChange } from '../domain/image-change.ts';
import type { ImageSight } from '../domain/visibility.ts';

/** What is told of an image, in full. */
export interface Told extends Omit<DescribedImage, 'change' | 'drift' | 'sight'> {
  readonly change?: ImageChange;
  readonly drift?: ImageDrift;
  readonly sight?: ImageSight;
}

/** What is told, with everything that is told of several images once. */
export class DescriptionBook {
  byteCount = 0;
  readonly #images: DescribedImage[] = [];
  readonly #changes = new Distinct<ImageChange>();
  readonly #drifts = new Distinct<ImageDrift>();
  readonly #sights = new Distinct<ImageSight>();

  add({ change, drift, sight, ...told }: Told): void {
    const image: DescribedImage = {
      ...told,
      ...(change === undefined ? {} : { change: this.#changes.indexOf(change) }),
      ...(drift === undefined ? {} : { drift: this.#drifts.indexOf(drift) }),
      ...(sight === undefined ? {} : { sight: this.#sights.indexOf(sight) }),
    };
    this.#images.push(image);
    const lists = this.#changes.byteCount + this.#drifts.byteCount + this.#sights.byteCount;
    this.#imageBytes += JSON.stringify(image).length;
    this.byteCount = this.#imageBytes + lists;
  }

  entries() {
    return {
      images: this.#images,
      changes: this.#changes.values,
      drifts: this.#drifts.values,
      sights: this.#sights.values,
    };
  }

  #imageBytes = 0;
}

class Distinct<Value> {
  byteCount = 0;
  readonly values: Value[] = [];
  readonly #indexes = new Map<string, number>();

  indexOf(value: Value): number {
    const text = JSON.stringify(value);
    const known = this.#indexes.get(text);
    if (known !== undefined) return known;
    this.byteCount += text.length;
    this.#indexes.set(text, this.values.length);
    return this.values.push(value) - 1;
  }
}
