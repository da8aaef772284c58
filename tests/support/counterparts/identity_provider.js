// A SAML and a WS-Federation identity provider on loopback, made of samlp and wsfed.
//
// Started with the path of a JSON file {key, cert, issuer}; prints its port. POST /person sets who
// is signed in there, and what is to be wrong in the next answers.
'use strict';

const fs = require('fs');
const http = require('http');
const querystring = require('querystring');
const samlp = require('samlp');
const wsfed = require('wsfed');

const settings = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
let person = { subject: '', format: '', claims: {}, options: {} };

function profileMapper() {
  return {
    getClaims: () => person.claims,
    getNameIdentifier: () => ({
      nameIdentifier: person.subject,
      nameIdentifierFormat: person.format,
    }),
  };
}

const signing = { issuer: settings.issuer, key: settings.key, cert: settings.cert };

function common() {
  return {
    ...signing,
    profileMapper,
    getUserFromRequest: () => person,
    signatureAlgorithm: 'rsa-sha256',
    digestAlgorithm: 'sha256',
    ...person.options,
  };
}

function saml(req, res, next) {
  samlp.parseRequest(req, (error, request) => {
    if (error) return next(error);
    const consumer = request.assertionConsumerServiceURL;
    const options = { destination: consumer, recipient: consumer, ...common() };
    options.getPostURL = (audience, dom, request_, done) => done(null, consumer);
    return samlp.auth(options)(req, res, next);
  });
}

function federation(req, res, next) {
  const options = common();
  options.getPostURL = (realm, reply, request, done) => done(null, reply);
  wsfed.auth(options)(req, res, next);
}

const METADATA = '/FederationMetadata/2007-06/FederationMetadata.xml';
const pages = {
  '/saml': saml,
  '/wsfed': federation,
  [`/saml${METADATA}`]: (req, res) => samlp.metadata({ ...signing, redirectEndpointPath: '/saml' })(req, res),
  [`/wsfed${METADATA}`]: (req, res) => wsfed.metadata({ ...signing, endpointPath: '/wsfed' })(req, res),
};

// What the two libraries expect of express, and no more.
function dress(req, res, url, body) {
  req.query = querystring.parse(url.search.slice(1));
  req.body = querystring.parse(body);
  req.originalUrl = req.url;
  req.protocol = 'http';
  res.set = (name, value) => res.setHeader(name, value);
  res.send = (first, second) => {
    const status = typeof first === 'number' ? first : 200;
    res.statusCode = status;
    res.end(status === 200 ? first : String(second || ''));
  };
}

const server = http.createServer((req, res) => {
  let body = '';
  req.on('data', (chunk) => { body += chunk; });
  req.on('end', () => {
    const url = new URL(req.url, 'http://127.0.0.1');
    dress(req, res, url, body);
    const fail = (error) => { res.statusCode = 500; res.end(String(error && error.stack)); };
    if (req.method === 'POST' && url.pathname === '/person') {
      person = JSON.parse(body);
      return res.end('{}');
    }
    if (url.pathname === '/favicon.ico') { res.statusCode = 204; return res.end(); }
    const page = pages[url.pathname];
    if (!page) { res.statusCode = 404; return res.end(); }
    try { return page(req, res, fail); } catch (error) { return fail(error); }
  });
});

server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
