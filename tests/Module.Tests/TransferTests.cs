using System.Diagnostics;
using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.Dns.Tsig;
using ManagedDns.ModuleTests.Kit;
using ManagedDns.TestKit;

namespace ManagedDns.ModuleTests;

/// <summary>The cmdlets that ask primaries, against servers on real sockets that are well or misbehave.</summary>
public sealed class TransferTests : IAsyncDisposable
{
    private const string Secret = "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ==";
    private static readonly DomainName s_zone = DomainName.Parse("example.test");
    private static readonly TsigKey s_key = new(
        DomainName.Parse("transfer.example.test"), TsigAlgorithm.HmacSha256, Convert.FromBase64String(Secret));

    private readonly ModuleSession _session = new();
    private readonly ScriptedServer _primary = ScriptedServer.Start(Script);

    public TransferTests()
    {
        _session.Run(
            """
            $null = New-TsigKey transfer.example.test -Secret ([Net.NetworkCredential]::new('', $args[1]).SecurePassword)
            $null = New-PrimaryNameServer home 127.0.0.1 -Port $args[0] -TsigKey transfer.example.test
            $null = New-ManagedZone example.test
            """,
            _primary.EndPoint.Port, Secret);
        Assert.Empty(_session.Errors);
    }

    private static ServerScript Script => new(s_zone, Records()) { Keys = [s_key], RequiresTsig = true };

    [Fact]
    public void A_zone_that_can_be_transferred_is_counted_and_not_kept()
    {
        var result = _session.One("Test-ZoneTransfer example.test home");

        Assert.Equal(true, result.Get("Success"));
        Assert.Equal((uint)7, result.Get("Serial"));
        Assert.Equal(4L, result.Get("Records"));
        Assert.Equal("None", result.Text("Reason"));
        Assert.Equal(true, _session.One("Test-ZoneTransfer example.test -Quiet").BaseObject);
        Assert.Equal("NotLoaded", _session.Error("Get-ManagedZoneRecord example.test").FullyQualifiedErrorId.Split(',')[0]);
    }

    [Theory]
    [InlineData("Refused", "REFUSED", ResponseCode.Refused)]
    [InlineData("ServerFailure", "SERVFAIL", ResponseCode.ServFail)]
    public void A_primary_that_says_no_is_told_with_its_response_code(string reason, string mnemonic, ResponseCode code)
    {
        _primary.Script = Script with { Code = code };

        var result = _session.One("Test-ZoneTransfer example.test");

        Assert.Equal((false, reason), (result.Get("Success"), result.Text("Reason")));
        Assert.Equal(code, (ResponseCode)result.Get("ResponseCode")!);
        Assert.Contains(mnemonic, result.Text("Message"), StringComparison.Ordinal);
        Assert.NotEmpty(result.Text("Remedy")!);
        Assert.Equal(false, _session.One("Test-ZoneTransfer example.test -Quiet").BaseObject);
    }

    [Fact]
    public void A_wrong_secret_is_BadSignature()
    {
        _session.Run("Set-TsigKey transfer.example.test -Secret ([Net.NetworkCredential]::new('', 'b3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIgb3Q=').SecurePassword)");

        Assert.Equal("BadSignature", _session.One("Test-ZoneTransfer example.test").Text("Reason"));
    }

    [Fact]
    public void A_key_that_the_primary_does_not_know_is_BadKey()
    {
        _session.Run("$null = New-TsigKey unknown.example.test; Set-PrimaryNameServer home -TsigKey unknown.example.test");

        Assert.Equal("BadKey", _session.One("Test-ZoneTransfer example.test").Text("Reason"));
    }

    [Fact]
    public void A_clock_that_is_off_is_BadTime_with_the_seconds()
    {
        _primary.Script = Script with { ClockOffset = TimeSpan.FromSeconds(1000) };

        var result = _session.One("Test-ZoneTransfer example.test");

        Assert.Equal("BadTime", result.Text("Reason"));
        Assert.InRange(((TimeSpan)result.Get("ClockSkew")!).TotalSeconds, 990, 1010);
    }

    [Fact]
    public void A_port_where_nothing_listens_is_PortClosed()
    {
        _session.Run("Set-PrimaryNameServer home -Port 1");

        Assert.Equal("PortClosed", _session.One("Test-ZoneTransfer example.test").Text("Reason"));
    }

    [Fact]
    public void A_primary_that_became_our_own_address_is_OwnAddress()
    {
        _session.Run("Set-SecondaryServer -ListenAddress 127.0.0.1 -Port $args[0]", _primary.EndPoint.Port);

        Assert.Equal("OwnAddress", _session.One("Test-ZoneTransfer example.test").Text("Reason"));
        Assert.Equal("Failed", _session.One("Test-ZoneProxy example.test | Where-Object Check -eq 'OwnAddress'").Text("Result"));
        _session.Run("Enable-PrimaryNameServer home");
        Assert.Contains("listens on itself", Assert.Single(_session.Warnings), StringComparison.Ordinal);
        _session.Run("Enable-ZoneProxy example.test");
        Assert.Contains(_session.Warnings, warning => warning.Contains("listens on itself", StringComparison.Ordinal));
        Assert.Empty(_primary.Requests);
    }

    [Fact]
    public void A_common_setting_without_primaries_is_NoPrimary()
    {
        _session.Run("$null = New-CommonSetting empty; $null = New-ManagedZone other.test -CommonSetting empty");

        Assert.Equal("NoPrimary", _session.Error("Test-ZoneTransfer other.test").FullyQualifiedErrorId.Split(',')[0]);
    }

    [Fact]
    public void Enabling_a_primary_asks_it_first_and_a_bad_answer_is_a_warning()
    {
        _session.Run("Enable-PrimaryNameServer home");
        Assert.Empty(_session.Warnings);
        Assert.Contains(_primary.Requests, request => request.Type == RecordType.SOA);

        _session.Run("Disable-PrimaryNameServer home");
        _primary.Script = Script with { Misbehaviour = Misbehaviour.NotAuthoritative };
        var enabled = _session.One("Enable-PrimaryNameServer home -PassThru");

        Assert.Contains("without authority", Assert.Single(_session.Warnings), StringComparison.Ordinal);
        Assert.Equal(true, enabled.Get("Enabled"));
    }

    [Fact]
    public void Enabling_the_proxy_of_many_zones_warns_once_of_a_primary_that_is_gone()
    {
        _session.Run("Set-PrimaryNameServer home -Port 1 -Enabled $true");
        _session.Run("1..200 | ForEach-Object { \"zone$_.test\" } | New-ManagedZone | Enable-ZoneProxy");

        Assert.Empty(_session.Errors);
        Assert.Single(_session.Warnings, warning => warning.Contains("127.0.0.1:1", StringComparison.Ordinal));
        Assert.Equal(200, _session.Run("Get-ZoneProxy zone* | Where-Object Enabled").Count);
    }

    [Fact]
    public void The_health_check_tells_each_check_of_a_primary_apart()
    {
        _primary.Script = Script with { ClockOffset = TimeSpan.FromSeconds(120) };
        _session.Run("Enable-PrimaryNameServer home");

        var results = _session.Run("Test-ZoneProxy example.test | Where-Object PrimaryNameServer").ToDictionary(result => result.Text("Check")!);

        Assert.Equal(
            [
                "Authoritative Passed", "Axfr Passed", "Enabled Passed", "Ixfr Warning", "Notify NotApplicable", "RoundTrip Passed",
                "Serial NotApplicable", "SoaOverTcp Passed", "SoaOverUdp Passed", "Tsig Warning",
            ],
            results.Values.Select(result => $"{result.Text("Check")} {result.Text("Result")}").Order(StringComparer.Ordinal));
        Assert.Contains("+120 seconds", results["Tsig"].Text("Message"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_health_check_of_a_primary_that_refuses_fails_with_its_reason_and_a_remedy()
    {
        _primary.Script = Script with { Code = ResponseCode.Refused };

        var failed = _session.Run("Test-ZoneProxy example.test | Where-Object { $_.Result -eq 'Failed' -and $_.PrimaryNameServer }");

        Assert.Equal(["Axfr", "SoaOverTcp", "SoaOverUdp"], failed.Select(result => result.Text("Check")).Order());
        Assert.All(failed, result => Assert.Equal("Refused", result.Text("Reason")));
        Assert.All(failed, result => Assert.NotEmpty(result.Text("Remedy")!));
        Assert.Equal(false, _session.One("Test-ZoneProxy example.test -Quiet").BaseObject);
    }

    [Fact]
    public void Without_a_server_the_health_check_says_so_and_a_transfer_cannot_be_started()
    {
        var server = _session.One("Test-ZoneProxy example.test | Where-Object Check -eq 'Server'");
        Assert.Equal(("Failed", "Start-SecondaryServer"), (server.Text("Result"), server.Text("Remedy")));

        var error = _session.Error("Start-ZoneTransfer example.test");
        Assert.Equal("NotRunning,ManagedDns.Commands.StartZoneTransferCommand", error.FullyQualifiedErrorId);
        Assert.Equal("WaitTimeout", _session.Error("Wait-ZoneSerial example.test 7 -Timeout 1").FullyQualifiedErrorId.Split(',')[0]);
    }

    [Fact]
    public void A_slow_transfer_is_shown_with_what_has_come_of_it_and_no_more_once_it_is_over_or_the_server_gone()
    {
        using var whole = new ManualResetEventSlim();
        const int Hosts = 100_000;
        _primary.Script = Script with
        {
            TransferRecords = [.. Records(), .. Records("host 60 IN A 192.0.2.81").Where(record => record.Type == RecordType.A).TakeLast(1)
                .SelectMany(record => Enumerable.Range(0, Hosts).Select(host => record with { Owner = DomainName.Parse($"host{host}.example.test") }))],
            RecordsPerMessage = 10,

            // How slow this primary is: nothing is waited for with it.
            BetweenMessages = stop => whole.IsSet ? Task.CompletedTask : Task.Delay(20, stop),
        };
        _session.Run("Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0; Enable-PrimaryNameServer home; Start-SecondaryServer; Enable-ZoneProxy example.test");
        Assert.Empty(_session.Errors);
        try
        {
            bool IsShown() => _session.Run("Get-ZoneTransfer example.test").Any(transfer => transfer.Get("Running") is true);
            Assert.True(SpinWait.SpinUntil(IsShown, TimeSpan.FromSeconds(120)));
            var transfer = _session.One("Get-ZoneTransfer example.test -Direction In");
            Assert.Equal(("Axfr", $"{_primary.EndPoint}"), (transfer.Text("Kind"), transfer.Text("Peer")));
            Assert.InRange((long)transfer.Get("Records")!, 5, Hosts);
            Assert.InRange((long)transfer.Get("Bytes")!, 500, long.MaxValue);
            Assert.Empty(_session.Run("Get-ZoneTransfer example.test -Direction Out"));
            var proxy = _session.One("Get-ZoneProxy example.test");
            Assert.InRange((long)proxy.Get("TransferRecords")!, 5, Hosts);
            Assert.Contains("have come", proxy.Text("NextStep"), StringComparison.Ordinal);

            // Its row stays as the kill left it.
            using (var process = Process.GetProcessById((int)_session.One("Get-SecondaryServer").Get("ProcessId")!))
            {
                process.Kill();
            }

            Assert.True(SpinWait.SpinUntil(() => _session.One("Get-SecondaryServer").Text("State") == "Stopped", TimeSpan.FromSeconds(120)));
            Assert.Empty(_session.Run("Get-ZoneTransfer example.test"));
            Assert.Null(_session.One("Get-ZoneProxy example.test").Get("TransferRecords"));

            whole.Set();
            _session.Run("Start-SecondaryServer; Wait-ZoneSerial example.test 7 -Timeout 120");

            // It is served first, then told.
            Assert.True(SpinWait.SpinUntil(
                () => !IsShown() && _session.Run("Get-ZoneTransfer example.test").Count == 1, TimeSpan.FromSeconds(120)));
            var over = _session.One("Get-ZoneTransfer example.test");
            Assert.Equal((false, true, Hosts + 4L), (over.Get("Running"), over.Get("Success"), over.Get("Records")));
            Assert.Null(_session.One("Get-ZoneProxy example.test").Get("TransferRecords"));
        }
        finally
        {
            _session.Run("Stop-SecondaryServer");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _primary.DisposeAsync();
        _session.Dispose();
    }

    private static List<ResourceRecord> Records(string more = "")
    {
        using var reader = ZoneFileReader.FromText(
            "@ 60 IN SOA ns h 7 3600 600 86400 60\n@ 60 IN NS ns\nns 60 IN A 192.0.2.1\nwww 60 IN A 192.0.2.80\n" + more, s_zone);
        var records = new List<ResourceRecord>();
        while (reader.Read())
        {
            records.Add(ResourceRecord.From(reader.Current));
        }

        return records;
    }
}
