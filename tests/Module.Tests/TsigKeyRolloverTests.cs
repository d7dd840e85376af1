using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>One key takes another's place while servers run: two of ours, one the other's primary, with transfers, queries and NOTIFY.</summary>
public sealed class TsigKeyRolloverTests : IDisposable
{
    private const string Ours = "$PSDefaultParameterValues['*:StorePath']";

    private readonly ModuleSession _session = new();

    public TsigKeyRolloverTests()
    {
        File.WriteAllText(ZoneFile, Zone(1));
        _session.Run(
            """
            $primary, $file = $args
            $key = New-TsigKey k.example
            $secret = [Net.NetworkCredential]::new('', $key.Secret).SecurePassword
            $null = New-TsigKey k.example -Secret $secret -StorePath $primary
            $null = New-ManagedZone example.com -ZoneFile $file -StorePath $primary
            Add-ZoneTransferAcl 127.0.0.1 -TsigKey k.example -StorePath $primary
            Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0 -StorePath $primary
            Start-SecondaryServer -StorePath $primary
            $port = [Net.IPEndPoint]::Parse((Get-SecondaryServer -StorePath $primary).EndPoints[0]).Port
            $null = New-PrimaryNameServer home 127.0.0.1 -TsigKey k.example -Port $port
            Enable-PrimaryNameServer home
            $null = New-ManagedZone example.com
            Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0
            Start-SecondaryServer
            $port = [Net.IPEndPoint]::Parse((Get-SecondaryServer).EndPoints[0]).Port
            Add-NotifyTarget 127.0.0.1 -TsigKey k.example -StorePath $primary -Port $port
            Enable-ZoneProxy example.com
            Wait-ZoneSerial example.com 1 -Timeout 120
            """,
            Path.Combine(_session.Folder, "primary"), ZoneFile);
        Assert.Empty(_session.Errors);
    }

    private string ZoneFile => Path.Combine(_session.Folder, "example.com.zone");

    [Theory]
    [InlineData("")]
    [InlineData("-NewName new.example")]
    public void Each_side_changes_when_it_likes_and_the_old_key_goes_when_nobody_needs_it(string newName)
    {
        var name = newName.Length == 0 ? "k.example" : "new.example";

        // The primary begins: it takes both, and the secondary goes on with the old key.
        _session.One($"$begun = Start-TsigKeyRollover k.example {newName} -StorePath $primary; $begun");
        Change(2);
        AwaitUse("$primary", "Received", "Current");
        AwaitUse("$primary", "Sent", "Current");
        var early = _session.Error("Complete-TsigKeyRollover k.example -StorePath $primary");
        Assert.Equal("InUse,ManagedDns.Commands.CompleteTsigKeyRolloverCommand", early.FullyQualifiedErrorId);
        Assert.Contains("127.0.0.1 last used 'k.example', the old one", early.ToString(), StringComparison.Ordinal);

        // The secondary is given the new key beside the old one, and is seen to use it.
        _session.Run($"$null = Start-TsigKeyRollover k.example {newName} -Secret ([Net.NetworkCredential]::new('', $begun.Secret).SecurePassword)");
        _session.Run("Start-ZoneTransfer example.com");
        Assert.Empty(_session.Errors);
        AwaitUse(Ours, "Sent", "Successor");
        Change(3);
        AwaitUse("$primary", "Received", "Successor");
        AwaitUse("$primary", "Sent", "Successor");
        Assert.Equal(name, _session.One("(Get-TsigKeyUse k.example -StorePath $primary | Where-Object Direction -eq Received).LastKey").ToString());
        Assert.Equal("PrimaryNameServer home", _session.One("(Get-TsigKeyUse k.example | Where-Object Direction -eq Sent).UsedBy").ToString());
        Assert.Equal("InUse", _session.Error("Stop-TsigKeyRollover k.example").FullyQualifiedErrorId.Split(',')[0]);

        // Both let the old one go, in any order.
        Assert.Equal(name, _session.One("Complete-TsigKeyRollover k.example -PassThru -StorePath $primary").Text("Name"));
        Change(4);
        Assert.Equal(name, _session.One("Complete-TsigKeyRollover k.example -PassThru").Text("Name"));
        Change(5);
        Assert.Equal([name], _session.Run("(Get-TsigKey).Name").Select(key => key.ToString()));
        Assert.Empty(_session.Run("Get-TsigKey | Where-Object Successor"));
        Assert.Equal(
            _session.One($"Export-TsigKey {name} Knot").ToString(), _session.One($"Export-TsigKey {name} Knot -StorePath $primary").ToString());
        Assert.Equal(true, _session.One("Test-ZoneTransfer example.com -Quiet").BaseObject);
    }

    [Fact]
    public void A_rollover_that_is_given_up_leaves_the_old_key()
    {
        var before = _session.One("Export-TsigKey k.example Bind9").ToString();

        var secret = _session.One("Start-TsigKeyRollover k.example -NewName new.example -Algorithm HmacSha512").Text("Secret")!;
        Assert.Equal("Invalid", _session.Error("Start-TsigKeyRollover k.example").FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal("DuplicateName", _session.Error("New-TsigKey new.example").FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains(secret, _session.One("Export-TsigKey k.example Bind9 -Successor").ToString(), StringComparison.Ordinal);
        Assert.Contains(secret, _session.One("Get-PrimaryConfigurationExample example.com Bind9").ToString(), StringComparison.Ordinal);

        // The primary was not given it: transfers go on.
        Change(2);
        AwaitUse(Ours, "Sent", "Current");
        var told = _session.One("(Test-ZoneProxy example.com -SkipDelegation | Where-Object Check -eq Tsig).Message").ToString();
        Assert.Contains("not yet with the one that takes its place", told, StringComparison.Ordinal);
        _session.Run("Stop-TsigKeyRollover k.example");

        Assert.Empty(_session.Errors);
        Assert.Equal(before, _session.One("Export-TsigKey k.example Bind9").ToString());
        Assert.Equal("Invalid", _session.Error("Complete-TsigKeyRollover k.example").FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal("Invalid", _session.Error("Export-TsigKey k.example Bind9 -Successor").FullyQualifiedErrorId.Split(',')[0]);
    }

    [Fact]
    public void Force_ends_the_overlap_and_who_still_has_the_old_key_is_told_what_is_wrong()
    {
        _session.Run("$null = Start-TsigKeyRollover k.example -StorePath $primary; Complete-TsigKeyRollover k.example -Force -StorePath $primary");
        Assert.Empty(_session.Errors);

        Assert.True(SpinWait.SpinUntil(
            () => _session.One("Test-ZoneTransfer example.com").Text("Reason") == "BadSignature", TimeSpan.FromSeconds(120)));
        Assert.Contains("k.example", _session.One("Test-ZoneTransfer example.com").Text("Remedy"), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _session.Run("Stop-SecondaryServer; Stop-SecondaryServer -StorePath $primary");
        _session.Dispose();
    }

    private static string Zone(int serial) =>
        $"@ 60 IN SOA ns1 h {serial} 3600 600 86400 60\n@ 60 IN NS ns1\nns1 60 IN A 127.0.0.1\nwww 60 IN A 192.0.2.{serial}\n";

    /// <summary>A new version on the primary, which tells by NOTIFY, is served by the secondary.</summary>
    private void Change(int serial)
    {
        File.WriteAllText(ZoneFile, Zone(serial));
        _session.Run("Start-ZoneTransfer example.com -StorePath $primary; Wait-ZoneSerial example.com $args[0] -Timeout 120", serial);
        Assert.Empty(_session.Errors);
    }

    private void AwaitUse(string store, string direction, string role)
    {
        var query = $"Get-TsigKeyUse k.example -StorePath {store} | Where-Object {{ $_.Direction -eq '{direction}' -and $_.LastRole -eq '{role}' }}";
        Assert.True(
            SpinWait.SpinUntil(() => _session.Run(query).Count == 1, TimeSpan.FromSeconds(120)), $"Not seen in {store}: {direction} with {role}.");
    }
}
