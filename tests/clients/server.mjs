// `wirelab listen` against a server in Node whose heads are as large as ordinary ones: a content security policy
// and several cookies. Run by check.sh; WIRELAB_BIN names the program.
//
//     node server.mjs

import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { check } from './check.mjs';

const sources = Array.from({ length: 60 }, (_, index) => `https://assets-${index}.cdn.example.org`).join(' ');
const large = {
    'Content-Security-Policy': `default-src 'self'; script-src ${sources}; report-uri /csp`,
    'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
    'Set-Cookie': ['session', 'consent', 'csrf', 'load-balancer'].map(
        (name) => `${name}=${'0123456789abcdef'.repeat(32)}; Path=/; HttpOnly; SameSite=Lax`,
    ),
};
const size = Object.entries(large).flatMap(([name, values]) => [values].flat().map((value) => `${name}: ${value}`));
check('the heads are larger than 4 KiB', true, size.join('\r\n').length > 4096);

const text = 'breaking news';
const routes = {
    '/poll': (answer) => answer.writeHead(200, large).end(text),
    '/long-poll': (answer) => setTimeout(() => answer.writeHead(200, large).end(text), 200),
    '/events': (answer) => {
        answer.writeHead(200, { 'Content-Type': 'text/event-stream', ...large });
        answer.write(`id: 7\nevent: news\ndata: ${text}\n\n`);
    },
    '/301': (answer) => answer.writeHead(301, { Location: '/poll', ...large }).end(),
    '/302': (answer) => answer.writeHead(302, { Location: 'long-poll', ...large }).end(),
    '/307': (answer) => answer.writeHead(307, { Location: `http://127.0.0.1:${port}/events`, ...large }).end(),
};
const server = createServer((request, answer) => {
    const route = routes[new URL(request.url, 'http://localhost').pathname];
    if (route) route(answer);
    else answer.writeHead(404, large).end('nothing here');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address();

const sockets = new WebSocketServer({ noServer: true });
sockets.on('headers', (lines) => {
    for (const [name, values] of Object.entries(large)) {
        for (const value of [values].flat()) lines.push(`${name}: ${value}`);
    }
});
server.on('upgrade', (request, socket, head) => {
    if (!request.url.startsWith('/ws')) {
        socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
        return;
    }
    sockets.handleUpgrade(request, socket, head, (websocket) => {
        if (request.url === '/ws/closes') websocket.close(1012, 'back soon');
        else websocket.send('{"received":17,"text":"hi"}');
    });
});

// The lines that listening prints in a second and a half, and its exit code.
const listen = (kind, path) =>
    new Promise((resolve) => {
        const url = `${kind === 'ws' ? 'ws' : 'http'}://127.0.0.1:${port}${path}`;
        const options = { timeout: 15_000, env: { PATH: process.env.PATH, NO_PROXY: '*' } };
        execFile(process.env.WIRELAB_BIN, ['listen', kind, url, '--for', '1500ms'], options, (error, out) => {
            resolve({ code: error ? error.code : 0, lines: out.trim().split('\n').map((line) => JSON.parse(line || '{}')) });
        });
    });
// What was seen first beside "open".
const first = async (kind, path) => (await listen(kind, path)).lines.find(({ type }) => type !== 'open');

const event = (id, type, data) => ({ type: 'event', id, event: type, data });
check('listen poll takes large heads', event(null, 'message', text), await first('poll', '/poll'));
check('listen long-poll takes large heads', event(null, 'message', text), await first('long-poll', '/long-poll'));
check('listen sse takes large heads', event('7', 'news', text), await first('sse', '/events'));
check('listen ws takes large heads, and foreign texts as they are',
    event(null, 'message', '{"received":17,"text":"hi"}'), await first('ws', '/ws'));
check('listen poll follows 301', event(null, 'message', text), await first('poll', '/301'));
check('listen long-poll follows 302', event(null, 'message', text), await first('long-poll', '/302'));
check('listen sse follows 307', event('7', 'news', text), await first('sse', '/307'));
const refused = { code: 1, lines: [{ type: 'error', why: 'the server answered 404 Not Found' }] };
check('listen sse ends with 404', refused, await listen('sse', '/nothing'));
check('listen ws ends with 404', refused, await listen('ws', '/nothing'));
check('listen ws keeps the reason of a close',
    'the server closed the connection with code 1012 (service restart): back soon', (await first('ws', '/ws/closes')).why);
process.exit(0);
