// A Vendure server for the live tests, in memory (or in the PostgreSQL of DATABASE_URL): empty, or as it was kept in the folder
// KEPT. Its catalogue comes through the admin API; at a line on its input it is kept there. Mails are written to OUTBOX, as
// links into the store at STORE. Says {"port": …} when it answers, {"kept": …} when it has kept.
'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const core = require('@vendure/core');
const { InMemoryJobQueueStrategy } = require('@vendure/core/dist/job-queue/in-memory-job-queue-strategy');
const { AssetServerPlugin } = require('@vendure/asset-server-plugin');

const port = Number(process.env.PORT);
const outbox = process.env.OUTBOX;
const store = process.env.STORE || 'http://127.0.0.1:8000/en-gb';
const folder = fs.mkdtempSync(path.join(process.env.FOLDER || os.tmpdir(), 'vendure-'));
const kept = process.env.KEPT;
const again = Boolean(kept && fs.existsSync(kept));
if (again) fs.cpSync(kept, folder, { recursive: true });

// Whole or not at all: it is written beside its place and moved there.
function keep(app) {
    const part = `${kept}.${process.pid}`;
    fs.mkdirSync(part, { recursive: true });
    const data = app.get(core.TransactionalConnection).rawConnection.sqljsManager.exportDatabase();
    fs.writeFileSync(path.join(part, 'database'), data);
    fs.cpSync(path.join(folder, 'assets'), path.join(part, 'assets'), { recursive: true });
    fs.renameSync(part, kept);
    process.stdout.write(JSON.stringify({ kept }) + '\n');
}

function mail(to, subject, address) {
    if (!outbox) return;
    const name = path.join(outbox, `${Date.now()}-${Math.random().toString(36).slice(2)}.eml`);
    const lines = ['From: Almanac <shop@example.com>', `To: ${to}`, `Subject: ${subject}`, 'Content-Type: text/plain; charset=utf-8'];
    fs.writeFileSync(name + '.part', [...lines, '', address, ''].join('\r\n'));
    fs.renameSync(name + '.part', name);
}

const link = (path, token) => `${store}/account/${path}?token=${encodeURIComponent(token)}`;

class MailPlugin {
    constructor(bus) {
        this.bus = bus;
    }
    onApplicationBootstrap() {
        this.bus.ofType(core.AccountRegistrationEvent).subscribe(({ user }) =>
            mail(user.identifier, 'Please confirm', link('confirm', user.getNativeAuthenticationMethod().verificationToken)));
        this.bus.ofType(core.PasswordResetEvent).subscribe(({ user }) =>
            mail(user.identifier, 'A new password', link('reset', user.getNativeAuthenticationMethod().passwordResetToken)));
    }
}
Reflect.defineMetadata('design:paramtypes', [core.EventBus], MailPlugin);
core.VendurePlugin({ imports: [core.PluginCommonModule] })(MailPlugin);

// Until the catalogue is asked to be indexed as a whole, what its load would index piece by piece is left out.
class Jobs extends InMemoryJobQueueStrategy {
    async add(job) {
        const indexing = job.queueName === 'update-search-index';
        this.loaded = this.loaded || again || (indexing && job.data.type === 'reindex');
        if (indexing && !this.loaded) {
            job.start();
            job.complete();
            job.id = '0';
            return job;
        }
        return super.add(job);
    }
}

const refusingHandler = new core.PaymentMethodHandler({
    code: 'refusing-handler',
    description: [{ languageCode: core.LanguageCode.en, value: 'Declines every payment' }],
    args: {},
    createPayment: (ctx, order, amount) => ({ amount, state: 'Declined', errorMessage: 'The card was refused' }),
    settlePayment: () => ({ success: true }),
});

const database = process.env.DATABASE_URL
    ? { type: 'postgres', url: process.env.DATABASE_URL, synchronize: true }
    : { type: 'sqljs', synchronize: true, autoSave: false, location: path.join(folder, 'database') };

const config = {
    apiOptions: { port, hostname: '127.0.0.1', shopApiPath: 'shop-api', adminApiPath: 'admin-api' },
    authOptions: {
        tokenMethod: ['bearer', 'cookie'],
        requireVerification: true,
        superadminCredentials: { identifier: 'superadmin', password: 'superadmin' },
        cookieOptions: { secret: 'only for tests' },
    },
    dbConnectionOptions: database,
    logger: new core.DefaultLogger({ level: core.LogLevel.Warn }),
    paymentOptions: { paymentMethodHandlers: [core.dummyPaymentHandler, refusingHandler] },
    importExportOptions: { importAssetsDir: folder },
    jobQueueOptions: { jobQueueStrategy: new Jobs({ concurrency: 1, pollInterval: 50 }) },
    customFields: { ProductOption: [{ name: 'swatch', type: 'string' }] },
    plugins: [
        AssetServerPlugin.init({
            route: 'assets',
            assetUploadDir: path.join(folder, 'assets'),
            assetUrlPrefix: `http://127.0.0.1:${port}/assets/`,
        }),
        core.DefaultSearchPlugin.init({ bufferUpdates: false, indexStockStatus: true }),
        MailPlugin,
    ],
};

core.bootstrap(config)
    .then(async app => {
        await app.get(core.JobQueueService).start();
        process.stdin.once('data', () => keep(app)); // a signal would make Nest shut down
        process.stdout.write(JSON.stringify({ port }) + '\n');
    })
    .catch(error => {
        process.stderr.write(`${error && error.stack || error}\n`);
        process.exit(1);
    });
const end = () => {
    fs.rmSync(folder, { recursive: true, force: true });
    process.exit(0);
};
process.on('SIGTERM', end);
process.on('SIGINT', end);
