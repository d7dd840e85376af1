using System.Management.Automation;
using ManagedDns.Dns;
using ManagedDns.Model;
using ManagedDns.Settings;
using ManagedDns.Store;

namespace ManagedDns.Commands;

/// <summary>
/// What every cmdlet has: the store, cancellation by control-C, and errors with a stable id and a recommended action. An error about one item goes on
/// to
/// the next; one that concerns the whole call (no access to the store, …) ends it.
/// </summary>
public abstract class ManagedDnsCmdlet : PSCmdlet, IDisposable
{
    /// <summary>How many zones a question names, and how many -WhatIf does, which is asked for in order to see them.</summary>
    private const int ZonesAsked = 10;
    private const int ZonesShown = 100;

    private static readonly TimeSpan s_progressInterval = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private ManagedDnsStore? _store;
    private int _item;
    private SettingsView? _view;

    /// <summary>The store's folder. Without it: MANAGEDDNS_STORE, else the platform's place.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StorePath { get; set; }

    /// <summary>Cancelled when the user stops the pipeline.</summary>
    protected CancellationToken Cancellation => _stop.Token;

    private protected ManagedDnsStore Store => _store ??= OpenStore();

    /// <summary>The settings as of the first look, or of the last change that this cmdlet has made.</summary>
    private protected SettingsView View => _view ??= new SettingsView(Store);

    /// <summary>The folder meant, also when there is no store in it yet.</summary>
    private protected string StoreFolderPath => StoreFolder.Resolve(StorePath is null ? null : FolderOf(StorePath));

    /// <summary>Reading makes no store; neither does -WhatIf, which works on a copy.</summary>
    private protected virtual bool MakesStore => false;

    private protected bool StoreExists => StoreFolder.HasStore(StoreFolderPath);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _store?.Dispose();
            _stop.Dispose();
        }
    }

    /// <summary>Once, before the first item.</summary>
    protected virtual void Start()
    {
    }

    /// <summary>For each item of the pipeline.</summary>
    protected abstract void ProcessItem();

    /// <summary>Once, after the last item.</summary>
    protected virtual void Finish()
    {
    }

    protected sealed override void BeginProcessing() => Guard(Start);

    protected sealed override void ProcessRecord()
    {
        _item++;
        Guard(ProcessItem);
    }

    protected sealed override void EndProcessing() => Guard(Finish);

    protected sealed override void StopProcessing() => _stop.Cancel();

    /// <summary>Which item of the pipeline is being processed, from 1; 0 where there is no pipeline, or before and after it.</summary>
    private protected int Item => MyInvocation.ExpectingInput ? _item : 0;

    private protected bool IsBound(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    /// <summary>Whether changes are only shown.</summary>
    private protected bool IsWhatIf => MyInvocation.BoundParameters.TryGetValue("WhatIf", out var given)
        ? (SwitchParameter)given
        : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));

    /// <summary>The path in the file system that is meant; it need not exist.</summary>
    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>: it is none.</exception>
    private protected string PathOf(string given)
    {
        try
        {
            var path = SessionState.Path.GetUnresolvedProviderPathFromPSPath(given, out var provider, out _);
            if (provider.Name == "FileSystem" && !path.Contains('\0', StringComparison.Ordinal))
            {
                return path;
            }
        }
        catch (Exception e) when (e is SessionStateException or ProviderInvocationException or ArgumentException or NotSupportedException)
        {
            // A drive that does not exist, a web address, …
        }

        throw Names.Invalid(given, $"'{given}' is no path of the file system.", "Give a path such as ./name or /var/lib/name.");
    }

    private string FolderOf(string given)
    {
        var folder = PathOf(given);
        return folder != Path.GetPathRoot(folder) ? folder : throw Names.Invalid(
            given, $"'{given}' is the root of the file system: a store has a folder of its own.", "Give a folder such as ./store with -StorePath.");
    }

    /// <summary>Does something for one item: an error about it is written, and the next one has its turn.</summary>
    private protected void Try(object target, Action action)
    {
        try
        {
            action();
        }
        catch (StoreException e) when (Errors.IsAboutOneItem(e))
        {
            WriteError(Errors.Locate(Errors.From(e, target), Item));
        }
        catch (DnsFailureException e)
        {
            WriteError(Errors.Locate(Errors.From(e.Failure, target, e), Item));
        }
    }

    /// <summary>
    /// Writes the items whose name matches one of the patterns, all without patterns. A name without wildcards that nothing has is an error.
    /// </summary>
    private protected void WriteMatching<T>(string[]? patterns, IEnumerable<T> items, Func<T, string> name, Func<string, T> get, Func<T, object> show)
    {
        foreach (var pattern in patterns ?? ["*"])
        {
            Try(pattern, () =>
            {
                if (!WildcardPattern.ContainsWildcardCharacters(pattern))
                {
                    WriteObject(show(get(pattern)), enumerateCollection: true);
                    return;
                }

                var matches = Names.Matcher(pattern);
                foreach (var item in items.Where(item => matches(name(item))))
                {
                    WriteObject(show(item), enumerateCollection: true);
                }
            });
        }
    }

    /// <summary>The common setting of that name; without a name the default one.</summary>
    private protected CommonSetting CommonSettingNamed(string? name) =>
        string.IsNullOrEmpty(name) ? Store.CommonSettings.GetDefault() : Store.CommonSettings.Get(name);

    private protected IEnumerable<CommonSetting> CommonSettingsMatching(string[]? patterns)
    {
        var all = View.Settings.CommonSettings.Values.OrderBy(setting => setting.Name, StringComparer.OrdinalIgnoreCase);
        return patterns is null
            ? all
            : patterns.SelectMany(pattern => WildcardPattern.ContainsWildcardCharacters(pattern)
                ? all.Where(setting => Names.Matcher(pattern)(setting.Name))
                : [Store.CommonSettings.Get(pattern)]);
    }

    /// <summary>Who gives a name and a common setting means what is both.</summary>
    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>: it has another common setting.</exception>
    private protected void RequireAmong(HashSet<long> settings, long settingId, string name)
    {
        if (!settings.Contains(settingId))
        {
            throw Names.Unknown(
                name, $"'{name}' has the common setting '{View.CommonSettingName(settingId)}'.", "Leave -CommonSetting out, or give that one.");
        }
    }

    /// <summary>The zones that a change changes: what -WhatIf and -Confirm show.</summary>
    private protected string Tell(IEnumerable<ManagedZone> zones) => AffectedZones.Tell(zones, IsWhatIf ? ZonesShown : ZonesAsked);

    /// <summary>Names a common setting and the zones that a change of it changes.</summary>
    private protected string Describe(CommonSetting setting) => $"common setting '{setting.Name}' of {Tell(View.ZonesOf(setting.Id))}";

    /// <summary>Forgets the settings seen, because they have changed.</summary>
    private protected void Refresh() => _view = null;

    /// <summary>Waits for asynchronous work on the pipeline's thread, showing how far it is.</summary>
    private protected T Await<T>(Func<CancellationToken, Task<T>> work, Func<ProgressRecord?>? progress = null)
    {
        var task = work(Cancellation);
        if (progress is not null)
        {
            while (!((IAsyncResult)task).AsyncWaitHandle.WaitOne(s_progressInterval))
            {
                if (progress() is { } record)
                {
                    WriteProgress(record);
                }
            }

            if (progress() is { } last)
            {
                last.RecordType = ProgressRecordType.Completed;
                WriteProgress(last);
            }
        }

        return task.GetAwaiter().GetResult();
    }

    private protected void WriteFailure(Failure failure, object? target) => WriteError(Errors.From(failure, target));

    private protected void WriteInvalid(string message, string remedy, object? target) => WriteError(Errors.Invalid(message, remedy, target));

    private ManagedDnsStore OpenStore()
    {
        var exists = StoreExists;
        if (!exists && !MakesStore && !IsWhatIf)
        {
            WriteWarning(
                $"There is no store in '{StoreFolderPath}' yet: this is what an empty one has. A cmdlet that changes something makes it; "
                + $"-StorePath and {StoreFolder.EnvironmentVariable} name another.");
        }

        return ManagedDnsStore.Open(
            StoreFolderPath, MakesStore ? StoreMode.OpenOrCreate : exists && !IsWhatIf ? StoreMode.Open : StoreMode.Preview);
    }

    private void Guard(Action step)
    {
        try
        {
            step();
        }
        catch (StoreException e) when (Errors.IsAboutOneItem(e))
        {
            WriteError(Errors.Locate(Errors.From(e), Item));
        }
        catch (StoreException e)
        {
            ThrowTerminatingError(Errors.From(e));
        }
        catch (DnsFailureException e)
        {
            WriteError(Errors.Locate(Errors.From(e.Failure, null, e), Item));
        }
        catch (ServerException e)
        {
            ThrowTerminatingError(e.ErrorRecord);
        }
        catch (OperationCanceledException) when (Cancellation.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }
}
