import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { Problem } from '@vitrine/kernel';

/** Checks every body and query against its class; members that the class does not know are refused. */
export const validationPipe = () =>
  new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    // The answer names members only: values may be secrets.
    validationError: { target: false, value: false },
    exceptionFactory: (errors) =>
      new Problem('kernel.invalid', { extensions: { fields: errors.flatMap((error) => pathsOf(error)) } }),
  });

const pathsOf = (error: ValidationError, parent = ''): string[] => {
  const path = `${parent}${error.property}`;
  const children = error.children ?? [];
  return children.length === 0 ? [path] : children.flatMap((child) => pathsOf(child, `${path}.`));
};
