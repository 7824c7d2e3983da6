import { pino } from 'pino';

/** pino with the fields of the others, writing to `stream`. */
export default function pinoLogger({ service, module, stream }) {
  const logger = pino(
    {
      base: { service, module },
      messageKey: 'message',
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    stream,
  );
  return (message, context, correlationId) =>
    logger.info({ context, correlation_id: correlationId }, message);
}
