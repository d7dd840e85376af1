using System.Diagnostics;
using System.Management.Automation;
using System.Net;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>Changes how the server runs. A running server applies the change at once.</summary>
[Cmdlet(VerbsCommon.Set, "SecondaryServer", SupportsShouldProcess = true)]
[OutputType(typeof(SecondaryServerInfo))]
public sealed class SetSecondaryServerCommand : ChangeCmdlet
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    /// <summary>The addresses to answer on; 0.0.0.0 and :: stand for all.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    public IPAddress[]? ListenAddress { get; set; }

    /// <summary>For UDP and TCP; 0 picks a free one, and Get-SecondaryServer tells it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, 65535)]
    public int Port { get; set; }

    /// <summary>The addresses that transfers are asked from, at most one a family; none leaves it to the system.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyCollection]
    public IPAddress[]? TransferSource { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string? NodeName { get; set; }

    /// <summary>Threads that answer over UDP; 0: one a core.</summary>
    [Parameter]
    [ValidateRange(0, 1024)]
    public int UdpThreads { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessItem()
    {
        var old = Store.Server.Get();
        var changed = old with
        {
            ListenAddresses = ListenAddress is null ? old.ListenAddresses : [.. ListenAddress],
            Port = IsBound(nameof(Port)) ? Port : old.Port,
            TransferSources = TransferSource is null ? old.TransferSources : [.. TransferSource],
            NodeName = NodeName ?? old.NodeName,
            UdpThreads = IsBound(nameof(UdpThreads)) ? UdpThreads : old.UdpThreads,
        };
        if (ShouldProcess($"Secondary server of '{StoreFolderPath}'", "Set"))
        {
            Enqueue(StoreFolderPath, () => Store.Server.Update(_ => changed));
        }
    }

    protected override void Finish()
    {
        base.Finish();
        if (!IsWhatIf)
        {
            WarnOfWhatTheServerCannot();
        }

        if (PassThru)
        {
            WriteObject(ServerView.Show(Store));
        }
    }

    // The server keeps to its old addresses when it cannot have the new ones; the one who asked should hear it.
    private void WarnOfWhatTheServerCannot()
    {
        var generation = Store.Generation;
        var started = Stopwatch.GetTimestamp();
        while (RunningServer.Find(Store) is { } running)
        {
            if (running.AppliedGeneration >= generation)
            {
                if (running.Failure is { } failure)
                {
                    WriteWarning($"The running server keeps to its addresses: {failure.Message} {failure.Remedy}");
                }

                return;
            }

            if (Stopwatch.GetElapsedTime(started) > s_patience)
            {
                WriteWarning($"The running server has not taken the change up within {s_patience.TotalSeconds} seconds. Get-SecondaryServer shows when it has.");
                return;
            }

            Cancellation.WaitHandle.WaitOne(s_look);
            Cancellation.ThrowIfCancellationRequested();
        }
    }
}
