import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';

interface Asked {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** As `fetch`, from this address of the machine, by which limits are counted: people in many places. */
export const fetchFrom =
  (localAddress: string) =>
  async (url: string, { method, headers, body, signal }: Asked): Promise<Response> => {
    const asked = request(url, { method, headers, signal, localAddress, family: 4 });
    asked.end(body);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const said = new Headers();
    for (const [name, values = []] of Object.entries(answer.headersDistinct))
      for (const value of values) said.append(name, value);
    const bytes = await buffer(answer);
    return new Response(bytes.length === 0 ? null : bytes, {
      status: answer.statusCode ?? 0,
      headers: said,
    });
  };
