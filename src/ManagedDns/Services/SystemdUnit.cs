namespace ManagedDns.Services;

/// <summary>The systemd unit of the server: a user of its own, one capability, and a sandbox in which it can write to its store alone.</summary>
/// <param name="Program">managed-dnsd's absolute path.</param>
/// <param name="Store">The store's folder.</param>
internal sealed record SystemdUnit(string Program, string Store, string User)
{
    public string Text => $"""
        # Written by Register-SecondaryServer of the PowerShell module ManagedDns.
        [Unit]
        Description=ManagedDns secondary name server
        Wants=network-online.target
        After=network-online.target

        [Service]
        Type=notify
        NotifyAccess=main
        User={User}
        Group={User}
        # Cmdlets that root ran while the server was down may have left files of root's in the store.
        ExecStartPre=+/bin/chown -R {User}:{User} "{Escape(Store)}"
        ExecStart="{Escape(Program)}"{Arguments(Store)}
        Restart=on-failure
        RestartSec=2
        WatchdogSec=60
        TimeoutStopSec=60
        LimitNOFILE=1048576
        Environment=DOTNET_EnableDiagnostics=0 DOTNET_gcServer=0

        AmbientCapabilities=CAP_NET_BIND_SERVICE
        CapabilityBoundingSet=CAP_NET_BIND_SERVICE
        NoNewPrivileges=yes
        ProtectSystem=strict
        ProtectHome=read-only
        ReadWritePaths="{Escape(Store)}"
        PrivateTmp=yes
        PrivateDevices=yes
        ProtectClock=yes
        ProtectControlGroups=yes
        ProtectHostname=yes
        ProtectKernelLogs=yes
        ProtectKernelModules=yes
        ProtectKernelTunables=yes
        ProtectProc=invisible
        LockPersonality=yes
        RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
        RestrictNamespaces=yes
        RestrictRealtime=yes
        RestrictSUIDSGID=yes
        SystemCallArchitectures=native
        SystemCallFilter=@system-service
        UMask=0077

        [Install]
        WantedBy=multi-user.target

        """;

    /// <summary>What stands behind the program: by it the service of a store is known.</summary>
    public static string Arguments(string store) => $" --store \"{Escape(store)}\" --foreground";

    // A path in quotes: what systemd would take for its own is doubled or escaped (systemd.service, "Command lines").
    private static string Escape(string path) =>
        path.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("%", "%%", StringComparison.Ordinal);
}
