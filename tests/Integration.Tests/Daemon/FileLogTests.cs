using ManagedDns.Daemon;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Integration.Tests.Daemon;

public sealed class FileLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("manageddns-").FullName;

    private string LogPath => Path.Combine(_folder, "log");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_log_keeps_its_newest_events_within_its_limit()
    {
        using (var log = new FileLog(LogPath, TimeProvider.System, limit: 1000))
        {
            var logger = log.CreateLogger("A.B.Category");
            for (var i = 0; i < 500; i++)
            {
                logger.LogInformation("Event {Number}", i);
            }
        }

        var files = Directory.GetFiles(_folder).Order().Select(Path.GetFileName).ToArray();
        Assert.All(files, file => Assert.True(file is "log" or "log.1" or "log.2", file));
        Assert.All(files, file => Assert.True(new FileInfo(Path.Combine(_folder, file!)).Length < 1200));
        Assert.Contains("info Category: Event 499", string.Concat(files.Select(file => File.ReadAllText(Path.Combine(_folder, file!)))), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_message_quotes_cannot_make_a_line_of_its_own()
    {
        using (var log = new FileLog(LogPath, TimeProvider.System))
        {
            log.CreateLogger("C").LogWarning("From {Peer}", "x\n2026-01-01T00:00:00.000Z info C: forged\r\u001b[2J");
        }

        var line = Assert.Single(File.ReadAllLines(LogPath));
        Assert.DoesNotContain('\u001b', line);
    }

    [Fact]
    public void A_log_goes_on_where_the_last_one_ended()
    {
        for (var i = 0; i < 2; i++)
        {
            using var log = new FileLog(LogPath, TimeProvider.System);
            log.CreateLogger("C").LogInformation("Start {Number}", i);
        }

        Assert.Equal(2, File.ReadAllLines(LogPath).Length);
    }
}
