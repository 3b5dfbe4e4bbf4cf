import { type AdmissionRule, allowedImagesSetting } from './admission.ts';
import { absent, any, type Condition, equals, settingEmpty, startsWithOneOf } from './condition.ts';

/** An image that is left out, empty, or among those a cluster allows. */
export function imageIsAllowed(place: string): Condition {
  return any(
    absent(place),
    equals(place, ''),
    settingEmpty(allowedImagesSetting),
    startsWithOneOf(place, allowedImagesSetting),
  );
}

/** That the image of a field is among those a cluster allows. */
export function allowedImage(field: string): AdmissionRule {
  return {
    name: 'allowed-image',
    field,
    message: `${field} is not among the images this cluster allows; leave it out for the image the operator was installed with, or ask for its registry to be added to allowedImages of admission-webhook`,
    holds: imageIsAllowed(field),
  };
}
