import { RequestMethod, type INestApplication, type Type } from '@nestjs/common';
import { ModulesContainer, Reflector } from '@nestjs/core';
import { ROUTE_ACCESS, type RouteAccess } from '../src/http/index.js';

export interface Route {
  /** As supertest calls it. */
  readonly method: 'get' | 'post' | 'patch' | 'put' | 'delete';
  /** With the prefix and with `:names`. */
  readonly path: string;
  readonly access: RouteAccess | undefined;
}

/** Every route that an application serves, as its controllers declare them. */
export function routesOf(app: INestApplication): Route[] {
  const reflector = app.get(Reflector);
  return controllersOf(app).flatMap((controller) =>
    handlersOf(controller).flatMap((handler) => {
      const access = reflector.getAllAndOverride<RouteAccess | undefined>(ROUTE_ACCESS, [
        handler,
        controller,
      ]);
      const paths = [Reflect.getMetadata('path', handler) as string | string[]].flat();
      return methodsOf(Reflect.getMetadata('method', handler) as RequestMethod).flatMap((method) =>
        paths.map((path) => ({
          method,
          path: joined(Reflect.getMetadata('path', controller), path),
          access,
        })),
      );
    }),
  );
}

const controllersOf = (app: INestApplication): Type[] => [
  ...new Set(
    [...app.get(ModulesContainer).values()].flatMap((module) =>
      [...module.controllers.values()].map(({ metatype }) => metatype as Type),
    ),
  ),
];

const handlersOf = ({ prototype }: Type): Function[] =>
  Object.getOwnPropertyNames(prototype)
    .map((name) => (prototype as Record<string, unknown>)[name])
    .filter((member): member is Function => typeof member === 'function')
    .filter((member) => Reflect.hasMetadata('method', member));

const methodsOf = (method: RequestMethod): Route['method'][] =>
  method === RequestMethod.ALL
    ? ['get', 'post', 'patch', 'put', 'delete']
    : [RequestMethod[method].toLowerCase() as Route['method']];

const joined = (controller: unknown, handler: string): string =>
  // The drive alone lies beside the API.
  `/${[controller === 'dav' ? '' : 'api', String(controller), handler].join('/')}`
    .replace(/\/+/g, '/')
    .replace(/(.)\/$/, '$1');
