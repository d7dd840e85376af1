using System.Globalization;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Daemon;

/// <summary>
/// The log file: a line an event, UTC. When it has grown to its limit it becomes <c>….1</c>, the one before <c>….2</c>, and older ones are gone.
/// </summary>
internal sealed class FileLog(string path, TimeProvider time, long limit = 10 << 20) : ILoggerProvider
{
    private const int OldFiles = 2;

    private readonly Lock _gate = new();
    private StreamWriter? _writer;
    private bool _disposed;

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _writer?.Dispose();
            _writer = null;
        }
    }

    private void Write(LogLevel level, string category, string message, Exception? exception)
    {
        var now = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var text = $"{now} {Word(level)} {category}: {OneLine(message)}";
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            try
            {
                _writer ??= Open();
                _writer.WriteLine(exception is null ? text : $"{text}{Environment.NewLine}{exception}");
                if (_writer.BaseStream.Length >= limit)
                {
                    Rotate();
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A full disk must not stop the answers; the next event tries again.
                _writer = null;
            }
        }
    }

    private StreamWriter Open()
    {
        Store.StoreFolder.CreateFile(path);
        return new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)) { AutoFlush = true };
    }

    private void Rotate()
    {
        _writer?.Dispose();
        _writer = null;
        for (var i = OldFiles; i > 0; i--)
        {
            var from = i == 1 ? path : $"{path}.{i - 1}";
            if (File.Exists(from))
            {
                File.Move(from, $"{path}.{i}", overwrite: true);
            }
        }
    }

    // What others sent stands in messages: it must not forge a line of its own.
    private static string OneLine(string message) => message.AsSpan().IndexOfAnyInRange('\0', '\x1f') < 0
        ? message
        : string.Create(message.Length, message, (span, text) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(text[i]) ? ' ' : text[i];
            }
        });

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Critical => "critical",
        LogLevel.Error => "error",
        LogLevel.Warning => "warning",
        LogLevel.Information => "info",
        _ => "debug",
    };

    private sealed class Logger(FileLog log, string category) : ILogger
    {
        private readonly string _category = category[(category.LastIndexOf('.') + 1)..];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Write(logLevel, _category, formatter(state, exception), exception);
    }
}
