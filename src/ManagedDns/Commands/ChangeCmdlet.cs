using System.Management.Automation;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Health;
using ManagedDns.Settings;
using ManagedDns.Store;

namespace ManagedDns.Commands;

/// <summary>
/// A cmdlet that changes settings. Changes are collected and written together, so that ten thousand items cost some transactions, not ten
/// thousand; what they return is written to the pipeline once they are kept. An item that fails is reported on its own, and the others stand.
/// </summary>
public abstract class ChangeCmdlet : ManagedDnsCmdlet
{
    private const int BatchSize = 500;

    private readonly List<Change> _batch = [];
    private bool _wrote;
    private long _written;

    private protected override bool MakesStore => !IsWhatIf;

    /// <summary>Collects one change.</summary>
    /// <param name="target">What an error about it names.</param>
    /// <param name="change">Runs later, inside a transaction, on the pipeline's thread.</param>
    /// <param name="output">Makes what is written to the pipeline, after the commit; null: nothing.</param>
    private protected void Enqueue(object target, Action change, Func<SettingsView, object>? output = null)
    {
        _batch.Add(new Change(target, Item, change, output));
        if (_batch.Count >= BatchSize)
        {
            Flush();
        }
    }

    protected override void Finish()
    {
        Flush();
        ShowProgress(ProgressRecordType.Completed);
        if (_wrote && RunningServer.Find(Store) is null)
        {
            WriteVerbose("No server runs on this store: the change takes effect when Start-SecondaryServer starts one.");
        }
    }

    /// <summary>The id of the key of that name; null without a name: no key.</summary>
    private protected long? KeyId(string? name) => string.IsNullOrEmpty(name) ? null : Store.TsigKeys.Get(Names.Parse(name)).Id;

    /// <summary>Called before each batch is written, outside the transaction.</summary>
    private protected virtual void BeforeWrite()
    {
    }

    /// <exception cref="DnsFailureException">The address is one of our own.</exception>
    private protected void RequireForeign(IPEndPoint primary)
    {
        if (OwnEndPoints.Check(primary, View.Settings.Server, RunningServer.Find(Store)) is { } failure)
        {
            throw new DnsFailureException(failure);
        }
    }

    /// <summary>Writes what has been collected so far.</summary>
    private protected void Flush()
    {
        if (_batch.Count == 0)
        {
            return;
        }

        BeforeWrite();
        Change[] changes = [.. _batch];
        _batch.Clear();
        for (var next = 0; next < changes.Length;)
        {
            next = Write(changes, next);
        }
    }

    // A failed item ends the transaction, so that what came before it is kept and shown before its error may stop the pipeline.
    private int Write(Change[] changes, int start)
    {
        var next = start;
        ErrorRecord? error = null;
        using (var transaction = Store.Begin())
        {
            while (next < changes.Length && error is null)
            {
                Cancellation.ThrowIfCancellationRequested();
                try
                {
                    changes[next].Apply();
                }
                catch (StoreException e) when (Errors.IsAboutOneItem(e))
                {
                    error = Errors.Locate(Errors.From(e, changes[next].Target), changes[next].Item);
                }

                next++;
            }

            transaction.Commit();
        }

        Refresh();
        _wrote = true;
        _written += next - start;
        ShowProgress(ProgressRecordType.Processing);
        var done = error is null ? next : next - 1;
        for (var i = start; i < done; i++)
        {
            if (changes[i].Output is { } output)
            {
                WriteObject(output(View));
            }
        }

        if (error is not null)
        {
            WriteError(error);
        }

        return next;
    }

    private void ShowProgress(ProgressRecordType type)
    {
        if (_written > BatchSize || (type == ProgressRecordType.Processing && _written == BatchSize))
        {
            WriteProgress(new ProgressRecord(1, MyInvocation.MyCommand.Name, $"{_written} written") { RecordType = type });
        }
    }

    private sealed record Change(object Target, int Item, Action Apply, Func<SettingsView, object>? Output);
}
