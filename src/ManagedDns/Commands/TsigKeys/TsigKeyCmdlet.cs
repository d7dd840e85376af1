using System.Management.Automation;
using System.Security;
using ManagedDns.Dns.Tsig;

namespace ManagedDns.Commands;

/// <summary>What may be said of a TSIG key when it is made and when it is changed.</summary>
public abstract class TsigKeyCmdlet : ChangeCmdlet
{
    /// <summary>The algorithm; both servers must use the same.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public TsigAlgorithm Algorithm { get; set; }

    /// <summary>The secret in Base64, where the other server has made it.</summary>
    [Parameter]
    [Secret]
    public SecureString? Secret { get; set; }

    /// <summary>A remark of your own.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string Comment { get; set; } = "";

    private protected void WarnOfWeakness(TsigKey key)
    {
        if (TsigSecret.Weakness(key) is { } weakness)
        {
            WriteWarning($"{key.Name.ToDisplayString()}: {weakness}");
        }
    }
}
