import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { Problem } from '@vitrine/kernel';

/** Takes `null` for “not said”: JSON has no other word for it, and no member of ours means anything by it. */
class BodyPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    return (await super.transform(withoutNulls(value), metadata)) as unknown;
  }
}

/** Checks every body and query against its class; members that the class does not know are refused. */
export const validationPipe = (): ValidationPipe =>
  new BodyPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    // The answer names members only: values may be secrets.
    validationError: { target: false, value: false },
    exceptionFactory: (errors) =>
      new Problem('kernel.invalid', { extensions: { fields: errors.flatMap((error) => pathsOf(error)) } }),
  });

const withoutNulls = (value: unknown): unknown =>
  isPlainObject(value)
    ? Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null))
    : value;

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value) as typeof Object.prototype | null);

const pathsOf = (error: ValidationError, parent = ''): string[] => {
  const path = `${parent}${error.property}`;
  const children = error.children ?? [];
  return children.length === 0 ? [path] : children.flatMap((child) => pathsOf(child, `${path}.`));
};
